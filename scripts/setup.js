/**
 * Makes a fresh clone ready: dependencies when the lock file or Node changed, the build when a source changed. Plain Node, because it
 * runs before anything is installed. Says what it does on stderr; nothing when there is nothing to do.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, readOrNull } from './inputs.js';

const STAMP = join(ROOT, 'node_modules/.setup-stamp');

function installInputs() {
  // The major version: native packages (biome, esbuild) don't care about the minor one.
  const hash = createHash('sha256').update(process.version.split('.')[0]);
  return hash.update(readFileSync(join(ROOT, 'package-lock.json'))).digest('hex');
}

function install() {
  process.stderr.write('Installing the dependencies (npm ci) …\n');
  // npm's own output would be in the way of the command's: shown only when it fails.
  const { status, stdout, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status === 0) return;
  process.stderr.write(
    `${stdout ?? ''}${stderr ?? ''}\nError: npm ci failed\n  → The lines above say why; the network and Node's version are the usual reasons\n`,
  );
  process.exit(1);
}

if (readOrNull(STAMP) !== installInputs()) {
  install();
  writeFileSync(STAMP, installInputs());
}

const { build, isBuilt } = await import('./build.js');
if (!isBuilt()) {
  process.stderr.write('Building …\n');
  await build();
}
