'use strict';

const fs = require('node:fs');
const path = require('node:path');

/** Of the commands' caches at most so many builds are kept: this one, and one that somebody may still be using. */
const KEPT_BUILDS = 2;

/** When there is to be no cache. */
const NO_CACHE = { get: () => undefined, used: () => {} };

/**
 * The code that V8 compiled in an earlier run of the same command: without it, compiling takes more time than Node needs
 * to start. One file a command, because V8 keeps the functions that ran.
 *
 * It only ever saves time: whatever goes wrong with it (no home, read-only, full, damaged) is passed over in silence.
 * `CLOUDILLO_NO_CODE_CACHE=1` turns it off.
 * @param {{ build: string, commands: Record<string, string> }} head of the build that is run
 */
function openCache(head) {
  const file = cachePath(head);
  if (file === null) return NO_CACHE;
  const kept = readCache(file);
  const scripts = new Map();
  let complete = true;
  return {
    get: (name) => kept.get(name),
    used(name, script, fromCache) {
      scripts.set(name, script);
      if (fromCache || !complete) return;
      complete = false;
      // At exit: then every function that this command needs is compiled, and nobody waits for the writing.
      process.once('exit', () => writeCache(file, kept, scripts));
    },
  };
}

/** Where this command's cache is, or null when there is to be none. */
function cachePath({ build, commands }) {
  if (process.env.CLOUDILLO_NO_CODE_CACHE) return null;
  const { HOME, XDG_CACHE_HOME } = process.env;
  const base = XDG_CACHE_HOME || (HOME && path.join(HOME, '.cache'));
  if (!base || !path.isAbsolute(base)) return null;
  const [first, second] = process.argv.slice(2);
  const id = [`${first}:${second}`, first].find((name) => Object.hasOwn(commands, name)) ?? 'help';
  // V8 looks at the length of a source only: the build's hash has to be part of the name.
  return path.join(base, 'cloudillo', `${build}-${process.version}-${process.arch}`, `${id.replace(':', '.')}.v8`);
}

/**
 * Chunk name → code; empty when there is none to be trusted. V8 runs what it is given without checking it, so it counts only
 * when nobody else could have written it.
 *
 * The file: length of the index (4 bytes), the index as JSON (`[[name, length], …]`), the code of each.
 */
function readCache(file) {
  const kept = new Map();
  try {
    for (const place of [path.dirname(path.dirname(file)), path.dirname(file), file]) {
      const { uid, mode } = fs.lstatSync(place);
      if (uid !== process.geteuid() || (mode & 0o022) !== 0 || (mode & 0o170000) === 0o120000) return kept;
    }
    const bytes = fs.readFileSync(file);
    let at = 4 + bytes.readUInt32LE(0);
    for (const [name, length] of JSON.parse(bytes.toString('latin1', 4, at))) {
      kept.set(name, bytes.subarray(at, at + length));
      at += length;
    }
  } catch {
    kept.clear(); // Not there yet, not readable or damaged: compile.
  }
  return kept;
}

/** Writes what was used now, and keeps what an earlier run of the same command used beyond that. */
function writeCache(file, kept, scripts) {
  const directory = path.dirname(file);
  const parent = path.dirname(directory);
  const base = path.dirname(parent);
  try {
    // Under sudo HOME may be another user's: leave nothing there that he can't remove.
    const above = fs.existsSync(base) ? base : path.dirname(base);
    if (process.geteuid() === 0 && fs.statSync(above).uid !== 0) return;
    // Not `recursive`, which never ends on a file system that refuses with ENOENT (/proc).
    const isNew = [base, parent, directory].map(makeDirectory).at(-1);
    const codes = new Map(kept);
    for (const [name, script] of scripts) codes.set(name, script.createCachedData());
    const index = Buffer.from(JSON.stringify([...codes].map(([name, code]) => [name, code.length])));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(index.length);
    const temporary = `${file}.${process.pid}`;
    fs.writeFileSync(temporary, Buffer.concat([length, index, ...codes.values()]), { mode: 0o600, flag: 'wx' });
    fs.renameSync(temporary, file);
    if (isNew) removeOldBuilds(parent);
  } catch {
    // A cache that can't be written costs time, nothing else.
  }
}

/** Was it made, or there before? */
function makeDirectory(directory) {
  try {
    fs.mkdirSync(directory, { mode: 0o700 });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function removeOldBuilds(parent) {
  const builds = fs
    .readdirSync(parent)
    .map((name) => path.join(parent, name))
    .map((place) => ({ place, time: fs.statSync(place).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  for (const { place } of builds.slice(KEPT_BUILDS)) fs.rmSync(place, { recursive: true, force: true });
}

module.exports = { openCache };
