'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { Script } = require('node:vm');
const { openCache } = require('./code-cache.js');

const MAIN = 'cli.cjs';
let directory = path.join(__dirname, '../dist');

/** Modules that ran, by name. @type {Map<string, { exports: unknown }>} */
const loaded = new Map();
/** The modules in the main file, by name, each as a function; and those that are neither there nor in a file of their own. */
let inMain;
let inMore;
/**
 * What the first line of the main file says (scripts/bundle.js).
 * @type {{ build: string, commands: Record<string, string>, apart: string[], more: string }}
 */
let head;
let cache;

/** Runs the module where the program starts, and gives what it exports. */
function loadBundle() {
  inMain = compile(MAIN);
  return requireFromBundle(`./${MAIN}`);
}

/** `require` inside the build: its own modules by name, everything else as Node does. */
function requireFromBundle(specifier) {
  if (!specifier.startsWith('./')) return require(specifier);
  const name = specifier.slice(2);
  const known = loaded.get(name);
  if (known) return known.exports;
  const run = moduleNamed(name);
  const module = { exports: {} };
  loaded.set(name, module);
  const filename = path.join(directory, name);
  run.call(module.exports, module.exports, requireFromBundle, module, filename, directory, importFromBundle);
  return module.exports;
}

/** A module of the build, as a function. */
function moduleNamed(name) {
  if (inMain[name] !== undefined) return inMain[name];
  if (head.apart.includes(name)) return compile(name);
  inMore ??= compile(head.more);
  return inMore[name];
}

/** The build's way to packages outside (scripts/bundle.js). */
function importFromBundle(specifier) {
  return import(specifier);
}

/** The value of a file of the build, with the code that V8 kept of an earlier run where there is any. */
function compile(name) {
  const filename = path.join(directory, name);
  const source = readFile(filename);
  head ??= JSON.parse(source.slice('/* '.length, source.indexOf(' */\n')));
  cache ??= openCache(head);
  const cachedData = cache.get(name);
  const script = new Script(source, { filename, ...(cachedData && { cachedData }) });
  cache.used(name, script, cachedData !== undefined && !script.cachedDataRejected);
  return script.runInThisContext();
}

/** The build keeps its files in ASCII, which this encoding reads three times as fast as UTF-8. */
function readFile(filename) {
  try {
    return fs.readFileSync(filename, 'latin1');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    if (path.basename(filename) !== MAIN) {
      throw new Error('cloudillo was installed or built anew while this process ran: start it again', { cause: error });
    }
    process.stderr.write('cloudillo is not built yet. Run: npm run build\n');
    process.exit(1);
  }
}

module.exports = {
  loadBundle,
  /** Another directory than `dist/`; before anything is loaded. */
  useBuild(other) {
    directory = other;
  },
  /** The commands' classes by ID, each loaded when it is looked at: for oclif's tools (package.json, `oclif.commands`). */
  get COMMANDS() {
    loadBundle();
    const classes = {};
    for (const [id, name] of Object.entries(head.commands)) {
      Object.defineProperty(classes, id, { enumerable: true, get: () => requireFromBundle(`./${name}`).default });
    }
    return classes;
  },
};
