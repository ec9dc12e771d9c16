'use strict';
// Loads the program that `npm run build` made, with the code that an earlier run of the same command compiled: without that,
// compiling takes more time than Node needs to start.

const fs = require('node:fs');
const nodeModule = require('node:module');
const path = require('node:path');
const { cacheDirectory } = require('./cache-directory.js');

/**
 * What the build says of itself (scripts/build.js).
 * @typedef {{ inputs: string, main: string, commands: string[] }} Build
 */

/**
 * Runs the module where the program starts.
 * @returns what it exports, or null when there is no build
 */
function loadBundle() {
  const dist = path.join(__dirname, '../dist');
  const build = readBuild(path.join(dist, 'build.json'));
  if (build === null) return null;
  const main = path.join(dist, build.main);
  const cache = cacheDirectory(build);
  if (cache === null) return require(main);
  keepCodeOfPackages(cache);
  return require('./code-cache.js').requireCached(main, cache);
}

/**
 * From here on Node keeps the code of what it loads itself: the packages outside the build. Node 20 can't. It keeps only what is compiled
 * when a module is loaded, so the program's own files have a cache that also holds the functions that ran.
 */
function keepCodeOfPackages(directory) {
  if (nodeModule.enableCompileCache === undefined) return;
  // What others may write isn't trusted: Node makes a directory now, and files when the process ends.
  const mask = closeMask();
  nodeModule.enableCompileCache(directory);
  process.umask(mask);
  process.once('exit', closeMask);
}

/** From now on nobody else may write what this process makes. Gives the mask before that. */
function closeMask() {
  return process.umask(process.umask() | 0o022);
}

/** @returns {Build | null} */
function readBuild(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

module.exports = { loadBundle };
