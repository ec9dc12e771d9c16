'use strict';
// Where the code that V8 compiled is kept between runs, and whether what is there can be trusted.

const fs = require('node:fs');
const path = require('node:path');

/** Of so many builds the code is kept: of this one, and of one that somebody may still be using. */
const KEPT_BUILDS = 2;
const GROUP_OR_OTHERS_WRITE = 0o022;

/**
 * The directory for this build, Node and command; one a command, because V8 keeps the functions that ran. It is made when it isn't
 * there.
 *
 * A cache only ever saves time: whatever is wrong with it (no home, read-only, full) is passed over in silence.
 * `CLOUDILLO_NO_CODE_CACHE=1` turns it off.
 * @param {import('./load-bundle.js').Build} build
 * @returns {string | null} null when there is to be no cache, or when somebody else could have written it: V8 runs what it is given
 */
function cacheDirectory(build) {
  const base = cacheHome();
  if (base === null) return null;
  const builds = path.join(base, 'cloudillo');
  // V8 looks at the length of a source only: the build has to be part of the name.
  const own = path.join(builds, `${build.inputs.slice(0, 16)}-${process.version}-${process.arch}`);
  const directory = path.join(own, commandName(build.commands));
  try {
    if (!fs.existsSync(directory) && !make(base, builds, own, directory)) return null;
    return [builds, own, directory].every(isOurs) && hasOursOnly(directory) ? directory : null;
  } catch {
    return null;
  }
}

/** The user's cache directory, or null. */
function cacheHome() {
  const { CLOUDILLO_NO_CODE_CACHE, HOME, XDG_CACHE_HOME } = process.env;
  if (CLOUDILLO_NO_CODE_CACHE) return null;
  const base = XDG_CACHE_HOME || (HOME && path.join(HOME, '.cache'));
  return base && path.isAbsolute(base) ? base : null;
}

/** The command that was typed, as a file name; `help` for words that are none. */
function commandName(commands) {
  const [first, second] = process.argv.slice(2);
  const id = [`${first}:${second}`, first].find((name) => commands.includes(name)) ?? 'help';
  return id.replace(':', '.');
}

/** Makes the directories. False when they would be left in the home of another user. */
function make(base, builds, own, directory) {
  // Under sudo HOME may be another user's: leave nothing there that he can't remove.
  const above = fs.existsSync(base) ? base : path.dirname(base);
  if (process.geteuid() === 0 && fs.statSync(above).uid !== 0) return false;
  // Not `recursive`, which never ends on a file system that refuses with ENOENT (/proc).
  makeDirectory(base);
  makeDirectory(builds);
  if (makeDirectory(own)) removeOldBuilds(builds);
  makeDirectory(directory);
  return true;
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

function removeOldBuilds(builds) {
  const found = fs
    .readdirSync(builds)
    .map((name) => path.join(builds, name))
    .map((directory) => ({ directory, time: fs.statSync(directory).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  for (const { directory } of found.slice(KEPT_BUILDS)) fs.rmSync(directory, { recursive: true, force: true });
}

/** Could nobody but this user have written here? A link may lead to what somebody else wrote. */
function isOurs(place) {
  const { uid, mode } = fs.lstatSync(place);
  const isLink = (mode & fs.constants.S_IFMT) === fs.constants.S_IFLNK;
  return uid === process.geteuid() && (mode & GROUP_OR_OTHERS_WRITE) === 0 && !isLink;
}

/** The same of all that is under it. */
function hasOursOnly(directory) {
  return fs.readdirSync(directory, { withFileTypes: true }).every((entry) => {
    const place = path.join(directory, entry.name);
    return isOurs(place) && (!entry.isDirectory() || hasOursOnly(place));
  });
}

module.exports = { cacheDirectory };
