import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { installedCopy } from '../../support/installed-copy.ts';
import { runCli, startCli } from '../../support/run-cli.ts';

function removeBuild(copy: string): void {
  for (const name of readdirSync(join(copy, 'dist'))) rmSync(join(copy, 'dist', name), { recursive: true });
}

it('a process whose build was replaced under it says so, and what to do', async () => {
  const copy = installedCopy();
  const fifo = join(copy, 'tokens');
  execFileSync('mkfifo', [fifo]);
  const { done } = startCli(['verify-token', '--file', fifo, '--json'], { bin: join(copy, 'bin/run.js') });
  // Opened once the command opens it to read: it runs, and loads what finds keys when it has a token.
  const writer = await open(fifo, 'w');
  removeBuild(copy);
  await writer.write('a.b.c\n');
  await writer.close();
  const run = await done;
  expect(run.code).toBe(1);
  expect(run.stdout + run.stderr).toContain('installed or built anew while this process ran: start it again');
});

it('without a build the program says how to make one', async () => {
  const copy = installedCopy();
  removeBuild(copy);
  const run = await runCli(['status'], { bin: join(copy, 'bin/run.js') });
  expect(run).toMatchObject({ code: 1, stdout: '', stderr: 'cloudillo is not built yet. Run: npm run build\n' });
});
