/** Runs the benchmarks: compiles `bench/` (TypeScript), builds what is stale, passes its arguments on. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build as esbuild } from 'esbuild';
import { build, isBuilt } from './build.js';
import { ROOT } from './inputs.js';

if (!isBuilt()) await build();
// Inside the project, so that the compiled modules find their packages.
const work = mkdtempSync(join(ROOT, 'node_modules/.bench-'));
try {
  await esbuild({
    entryPoints: [join(ROOT, 'bench/index.ts')],
    outfile: join(work, 'index.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  const { status } = spawnSync(process.execPath, [join(work, 'index.mjs'), ...process.argv.slice(2)], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
