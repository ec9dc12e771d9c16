/**
 * Builds `dist/`. `--if-stale` does nothing when nothing that goes into it has changed; `--clean` leaves nothing of earlier
 * builds.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { hashOf, ROOT, readOrNull } from './inputs.js';

const DIST = join(ROOT, 'dist');
/** What a build says of itself: of which inputs it is, where the program starts, which commands it has. */
const BUILD = 'build.json';
/** What is so much older than the build that is replaced goes: a process that runs may still load its files. Milliseconds. */
const KEEP_OLD = 3_600_000;

/** What a build is made of. */
function buildInputs() {
  return hashOf(['src', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json']);
}

/** Is `dist/` what a build would make now? */
export function isBuilt() {
  const build = readOrNull(join(DIST, BUILD));
  return build !== null && JSON.parse(build).inputs === buildInputs();
}

export async function build({ clean = false } = {}) {
  const { bundle } = await import('./bundle.js');
  const { library } = await import('./library.js');
  const { licenses } = await import('./licenses.js');
  const inputs = buildInputs();
  const last = lastBuilt();
  const work = join(DIST, `.work-${process.pid}`);
  try {
    const [{ files, main, commands, inputs: sources }, modules] = await Promise.all([bundle(), library()]);
    for (const [name, text] of modules) files.set(name, text);
    files.set('THIRD-PARTY-LICENSES.txt', licenses(sources));
    files.set(BUILD, `${JSON.stringify({ inputs, main, commands })}\n`);
    for (const [name, text] of files) write(join(work, name), text);
    const manifest = execFileSync(process.execPath, [join(ROOT, 'scripts/manifest.js')], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, BUILD_DIRECTORY: work },
    });
    write(join(work, 'manifest.json'), manifest);
    // Renamed one by one, and last what names the others: who reads dist/ meanwhile sees an old or a new build.
    const names = [...files.keys(), 'manifest.json'].filter((name) => name !== BUILD);
    for (const name of [...names, BUILD]) move(join(work, name), join(DIST, name));
    const current = new Set([...names, BUILD].map((name) => join(DIST, name)));
    removeOld(DIST, current, clean ? Number.POSITIVE_INFINITY : Math.min(Date.now(), last) - KEEP_OLD);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function move(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  renameSync(from, to);
}

/** When the build that is there now was made, unix milliseconds; never, if there is none. */
function lastBuilt() {
  return statSync(join(DIST, BUILD), { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
}

/**
 * Removes what isn't of this build, and directories that are left empty.
 * @param current paths of the files of this build
 * @param since what is older goes, unix milliseconds
 */
export function removeOld(directory, current, since) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      removeOld(path, current, since);
      if (readdirSync(path).length === 0 && statSync(path).mtimeMs < since) rmdirSync(path);
    } else if (!current.has(path) && statSync(path).mtimeMs < since) rmSync(path);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const has = (flag) => process.argv.includes(flag);
  if (!has('--if-stale') || !isBuilt()) await build({ clean: has('--clean') });
}
