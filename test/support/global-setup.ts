import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT } from './run-cli.ts';

/**
 * The tests run the real binary: build it when the sources are newer. A build that fails doesn't stop those tests that need
 * none (esbuild has said why by then); `npm test` builds before it comes here, and does stop.
 */
export default function setup(): () => void {
  const { status } = spawnSync(process.execPath, [join(PROJECT_ROOT, 'scripts/build.js'), '--if-stale'], {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) process.stderr.write('The build failed: tests of the binary run an older one, or none.\n');
  // One place for all test processes, which inherit the variable; they are ended in a way that lets them clean up nothing.
  const directory = mkdtempSync(join(tmpdir(), 'cloudillo-test-'));
  process.env['TEST_DIRECTORY'] = directory;
  return () => rmSync(directory, { recursive: true, force: true });
}
