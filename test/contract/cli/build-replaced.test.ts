import { cpSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROJECT_ROOT, runCli, temporaryDirectory } from '../../support/run-cli.ts';

it('a process whose build was replaced under it says so, and what to do', async () => {
  const copy = temporaryDirectory();
  for (const part of ['bin', 'dist', 'package.json', 'oclif.manifest.json']) {
    cpSync(join(PROJECT_ROOT, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(PROJECT_ROOT, 'node_modules'), join(copy, 'node_modules'));
  for (const file of readdirSync(join(copy, 'dist'))) if (file !== 'cli.cjs') rmSync(join(copy, 'dist', file));
  const run = await runCli(['status', '--json'], { bin: join(copy, 'bin/run.js') });
  expect(run.code).toBe(1);
  expect(run.stdout + run.stderr).toContain('installed or built anew while this process ran: start it again');
});
