/**
 * Builds `dist/`. `--if-stale` does nothing when nothing that goes into it has changed; `--clean` leaves nothing of earlier
 * builds.
 *
 * Two passes: from the first one the manifest is taken, which the second one puts into the bundle.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { hashOf, ROOT, readOrNull } from './inputs.js';

const DIST = join(ROOT, 'dist');
const STAMP = 'build-stamp';
/** What is so much older than the build that is replaced goes: a process that runs may still load its chunks. Milliseconds. */
const KEEP_OLD = 3_600_000;

/** What the bundle is made of. */
function buildInputs() {
  const scripts = ['build', 'bundle', 'lazy-oclif', 'manifest'].map((name) => `scripts/${name}.js`);
  return hashOf(['src', ...scripts, 'bin/load-bundle.js', 'package.json', 'package-lock.json']);
}

/** Is `dist/` what a build would make now? */
export function isBuilt() {
  return readOrNull(join(DIST, STAMP)) === buildInputs();
}

export async function build({ clean = false } = {}) {
  const { bundle, licenses } = await import('./bundle.js');
  const inputs = buildInputs();
  const last = lastBuilt();
  const work = join(DIST, `.work-${process.pid}`);
  mkdirSync(work, { recursive: true });
  try {
    const draft = await bundle('{"commands":{}}');
    for (const [name, text] of draft.files) writeFileSync(join(work, name), text);
    const manifest = execFileSync(process.execPath, [join(ROOT, 'scripts/manifest.js'), relative(ROOT, work)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const built = await bundle(manifest);
    const files = new Map([
      ...[...built.files].filter(([name]) => name !== 'cli.cjs'),
      ['manifest.json', manifest],
      ['THIRD-PARTY-LICENSES.txt', licenses(built.inputs)],
      ['cli.cjs', built.files.get('cli.cjs')],
      [STAMP, inputs],
    ]);
    // Renamed one by one, what refers to others after them: who reads dist/ meanwhile sees an old or a new build.
    for (const [name, text] of files) {
      writeFileSync(join(work, name), text);
      renameSync(join(work, name), join(DIST, name));
    }
    removeOld(files, clean ? Number.POSITIVE_INFINITY : Math.min(Date.now(), last) - KEEP_OLD);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** When the build that is there now was made, unix milliseconds; never, if there is none. */
function lastBuilt() {
  return statSync(join(DIST, STAMP), { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
}

/** @param since what is older goes, unix milliseconds */
function removeOld(current, since) {
  for (const name of readdirSync(DIST)) {
    const path = join(DIST, name);
    if (!current.has(name) && statSync(path).mtimeMs < since) rmSync(path, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const has = (flag) => process.argv.includes(flag);
  if (!has('--if-stale') || !isBuilt()) await build({ clean: has('--clean') });
}
