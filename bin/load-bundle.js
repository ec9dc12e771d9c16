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
  // Node 20 keeps no compiled code.
  if (nodeModule.enableCompileCache === undefined) return require('./code-cache.js').requireCached(main, cache);
  nodeModule.enableCompileCache(cache);
  // It is written when the process ends. Code that others may write isn't trusted, whatever this process's mask is.
  process.once('exit', () => process.umask(process.umask() | 0o022));
  return require(main);
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
