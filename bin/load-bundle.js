'use strict';

const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

const BUNDLE = path.join(__dirname, '../dist/cli.cjs');
/** Of the commands' caches at most so many builds are kept: this one, and one that somebody may still be using. */
const KEPT_BUILDS = 2;

/**
 * Runs the bundle, compiled or (from the second time on) with the machine code that V8 kept of an earlier run: without
 * it, compiling takes about a third of a short command's time. One cache a command, because V8 keeps the functions that
 * ran.
 *
 * The cache only ever saves time: whatever goes wrong with it (no home, read-only, full, damaged) is passed over in
 * silence. `CLOUDILLO_NO_CODE_CACHE=1` turns it off.
 */
function loadBundle() {
  const source = readBundle();
  const cacheFile = cachePath(source);
  const cachedData = cacheFile === null ? undefined : readCache(cacheFile);
  const script = new vm.Script(source, {
    filename: BUNDLE,
    ...(cachedData && { cachedData }),
  });
  if (cacheFile !== null && (!cachedData || script.cachedDataRejected)) {
    // At exit: then every function that this command needs is compiled, and nobody waits for the writing.
    process.once('exit', () => writeCache(cacheFile, script));
  }
  const bundle = { exports: {} };
  const requireFromBundle = require('node:module').createRequire(BUNDLE);
  script
    .runInThisContext()
    .call(bundle.exports, bundle.exports, requireFromBundle, bundle, BUNDLE, path.dirname(BUNDLE), importFromHere);
  return bundle.exports;
}

/** The bundle's way to packages outside (scripts/build.js): a script made from cached data can't `import()` by itself. */
function importFromHere(specifier) {
  return import(specifier);
}

/** The build keeps the bundle in ASCII, which this encoding reads three times as fast as UTF-8. */
function readBundle() {
  try {
    return fs.readFileSync(BUNDLE, 'latin1');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    process.stderr.write('cloudillo is not built yet. Run: npm run build\n');
    process.exit(1);
  }
}

/** Where this command's cache is, or null when there is to be none. */
function cachePath(source) {
  if (process.env.CLOUDILLO_NO_CODE_CACHE) return null;
  const { HOME, XDG_CACHE_HOME } = process.env;
  const base = XDG_CACHE_HOME || (HOME && path.join(HOME, '.cache'));
  // V8 looks at the length of the source only, so the build's hash (in the bundle's first line) is part of the name.
  const [, build, ...ids] = source.slice(0, source.indexOf('*/')).trim().split(' ').slice(1);
  if (!base || !path.isAbsolute(base) || build === undefined) return null;
  const [first, second] = process.argv.slice(2);
  const id = [`${first}:${second}`, first].find((name) => ids.includes(name)) ?? 'help';
  return path.join(base, 'cloudillo', `${build}-${process.version}-${process.arch}`, `${id.replace(':', '.')}.v8`);
}

/** V8 runs what the cache holds without checking it: it counts only when nobody else could have written it. */
function readCache(file) {
  try {
    for (const place of [path.dirname(path.dirname(file)), path.dirname(file), file]) {
      const { uid, mode } = fs.lstatSync(place);
      if (uid !== process.geteuid() || (mode & 0o022) !== 0 || (mode & 0o170000) === 0o120000) return undefined;
    }
    return fs.readFileSync(file);
  } catch {
    return undefined; // Not there yet, or not readable: compile.
  }
}

function writeCache(file, script) {
  const directory = path.dirname(file);
  const parent = path.dirname(directory);
  const base = path.dirname(parent);
  try {
    // Under sudo HOME may be another user's: leave nothing there that he can't remove.
    const above = fs.existsSync(base) ? base : path.dirname(base);
    if (process.geteuid() === 0 && fs.statSync(above).uid !== 0) return;
    // Not `recursive`, which never ends on a file system that refuses with ENOENT (/proc).
    const isNew = [base, parent, directory].map(makeDirectory).at(-1);
    const temporary = `${file}.${process.pid}`;
    fs.writeFileSync(temporary, script.createCachedData(), { mode: 0o600, flag: 'wx' });
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

module.exports = {
  loadBundle,
  /** For oclif's own tools (package.json, `oclif.commands`). */
  get COMMANDS() {
    return loadBundle().COMMANDS;
  },
};
