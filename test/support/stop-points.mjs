/**
 * For `node --import`: stops a command at each change that it makes below STOP_ROOT. With STOP_AT=n the process kills itself
 * before the nth change. With STOP_COPIES=DIR it goes on, and copies STOP_ROOT to DIR/<n> before each: what a kill there leaves. The
 * changes are listed in DIR/points.
 */
import { spawnSync } from 'node:child_process';
import { createRequire, syncBuiltinESMExports } from 'node:module';

const require = createRequire(import.meta.url);
const fs = require('node:fs');
const { STOP_ROOT: root, STOP_AT: at, STOP_COPIES: copies } = process.env;
const { appendFileSync, existsSync } = fs;
const opened = new Map();
const wait = new Int32Array(new SharedArrayBuffer(4));
let changes = 0;

const isBelow = (path) => typeof path === 'string' && (path === root || path.startsWith(`${root}/`));

function change(what, path) {
  changes += 1;
  if (changes === Number(at)) {
    process.kill(process.pid, 'SIGKILL');
    Atomics.wait(wait, 0, 0);
  }
  if (copies === undefined) return;
  appendFileSync(`${copies}/points`, `${what} ${path.slice(root.length + 1)}\n`);
  if (!existsSync(root)) return;
  const { status, stderr } = spawnSync('cp', ['-a', root, `${copies}/${changes}`], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`could not copy: ${stderr}`);
}

/** By path; links are made at the second one. */
const NAMED = [
  'rename',
  'link',
  'symlink',
  'unlink',
  'mkdir',
  'rmdir',
  'rm',
  'truncate',
  'copyFile',
  'chmod',
  'writeFile',
];
/** By descriptor. */
const HELD = ['write', 'writev', 'fsync', 'fdatasync', 'ftruncate', 'fchmod'];
const HANDLED = ['write', 'writev', 'writeFile', 'appendFile', 'sync', 'datasync', 'truncate', 'chmod'];

function patchNamed(target, suffix) {
  for (const name of NAMED) {
    const original = target[name + suffix];
    target[name + suffix] = function named(...given) {
      const path = given.slice(0, 2).find(isBelow);
      if (path !== undefined) change(name, path);
      return original.apply(this, given);
    };
  }
}

/** Is it opened to be written? Then the file may be made or emptied. */
const writes = (flags) => (typeof flags === 'number' ? (flags & 3) !== 0 : /[wa+]/.test(flags ?? 'r'));

function beforeOpen([path, flags]) {
  if (isBelow(path) && writes(flags)) change('open', path);
}

patchNamed(fs, '');
patchNamed(fs, 'Sync');
patchNamed(fs.promises, '');
for (const name of HELD.flatMap((each) => [each, `${each}Sync`])) {
  const original = fs[name];
  fs[name] = function held(fd, ...rest) {
    const path = opened.get(fd);
    if (path !== undefined) change(name, path);
    return original.call(this, fd, ...rest);
  };
}
const { open, openSync, closeSync, close } = fs;
fs.openSync = function openedNow(...given) {
  beforeOpen(given);
  const fd = openSync.apply(this, given);
  if (isBelow(given[0])) opened.set(fd, given[0]);
  return fd;
};
fs.open = function openedSoon(...given) {
  beforeOpen(given);
  const done = given.pop();
  return open.call(this, ...given, (error, fd) => {
    if (!error && isBelow(given[0])) opened.set(fd, given[0]);
    done(error, fd);
  });
};
fs.closeSync = function closedNow(fd) {
  opened.delete(fd);
  return closeSync.call(this, fd);
};
fs.close = function closedSoon(fd, ...rest) {
  opened.delete(fd);
  return close.call(this, fd, ...rest);
};
const openHandle = fs.promises.open;
const paths = new WeakMap();
fs.promises.open = async function openedAsHandle(...given) {
  beforeOpen(given);
  const handle = await openHandle.apply(this, given);
  if (!isBelow(given[0])) return handle;
  paths.set(handle, given[0]);
  // The journal writes through the descriptor of a handle.
  const { fd } = handle;
  opened.set(fd, given[0]);
  handle.once('close', () => opened.delete(fd));
  return handle;
};
const sample = await openHandle(process.execPath, 'r');
const prototype = Object.getPrototypeOf(sample);
await sample.close();
for (const name of HANDLED) {
  const original = prototype[name];
  prototype[name] = function handled(...given) {
    const path = paths.get(this);
    if (path !== undefined) change(name, path);
    return original.apply(this, given);
  };
}
syncBuiltinESMExports();
