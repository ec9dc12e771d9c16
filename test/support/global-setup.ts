import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { PROJECT_ROOT } from './run-cli.ts';

/** The tests run the real binary: build it when the sources are newer. */
export default function setup(): void {
  execFileSync(process.execPath, [join(PROJECT_ROOT, 'scripts/build.js'), '--if-stale'], {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}
