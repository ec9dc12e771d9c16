'use strict';
// A cache of the code that V8 compiled of the program's own files, one file each.

// The program loads `node:crypto` anyway: a checksum of `node:zlib` would be another module to load.
const { hash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { Script } = require('node:vm');

/** Bytes before the code: its SHA-256. V8 looks at the length of the code only, and runs what a damaged disk gave. */
const HEAD = 32;

/**
 * Runs a CommonJS module, and those of its directory that it requires, with the code that V8 kept of an earlier run. What has none is
 * compiled, and its code is written when the process ends: then every function that this run needed is compiled, and nobody waits.
 * @param {string} main absolute path; the names in its directory say what is in them
 * @param {string} directory of the cache, which is there and can be trusted
 * @returns what the module exports
 */
function requireCached(main, directory) {
  const loaded = new Map();
  const compiled = new Map();

  const load = (specifier) => {
    if (!specifier.startsWith('./')) return require(specifier);
    const known = loaded.get(specifier);
    if (known) return known.exports;
    const filename = path.join(path.dirname(main), specifier);
    const module = { exports: {} };
    const run = compile(filename);
    loaded.set(specifier, module);
    run.call(module.exports, module.exports, load, module, filename, path.dirname(filename));
    return module.exports;
  };

  const compile = (filename) => {
    const source = readSource(filename);
    const wrapped = `(function (exports, require, module, __filename, __dirname) { ${source}\n})`;
    const file = path.join(directory, `${path.basename(filename)}.v8`);
    const cachedData = readCode(file);
    const script = new Script(wrapped, { filename, cachedData });
    if (cachedData === undefined || script.cachedDataRejected) compiled.set(file, script);
    return script.runInThisContext();
  };

  process.once('exit', () => writeCodes(compiled));
  return load(`./${path.basename(main)}`);
}

/** @throws what `require` throws when there is no such module */
function readSource(filename) {
  try {
    return fs.readFileSync(filename, 'utf8');
  } catch (cause) {
    if (cause.code !== 'ENOENT') throw cause;
    throw Object.assign(new Error(`Cannot find module '${filename}'`, { cause }), { code: 'MODULE_NOT_FOUND' });
  }
}

/** Undefined when there is none, or when it isn't as it was written. */
function readCode(file) {
  try {
    const bytes = fs.readFileSync(file);
    const code = bytes.subarray(HEAD);
    return bytes.subarray(0, HEAD).equals(digest(code)) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** Others may write or read the same files now: they get an old or a new one. */
function writeCodes(compiled) {
  try {
    for (const [file, script] of compiled) {
      const code = script.createCachedData();
      const temporary = `${file}.${process.pid}-${Date.now()}`;
      fs.writeFileSync(temporary, Buffer.concat([digest(code), code]), { mode: 0o600, flag: 'wx' });
      fs.renameSync(temporary, file);
    }
  } catch {
    // A cache that can't be written costs time, nothing else.
  }
}

function digest(code) {
  return hash('sha256', code, 'buffer');
}

module.exports = { requireCached };
