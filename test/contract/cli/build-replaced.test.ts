import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROJECT_ROOT, runCli, startCli, temporaryDirectory } from '../../support/run-cli.ts';

/** The program in a directory of its own. */
function installed(): string {
  const copy = temporaryDirectory();
  for (const part of ['bin', 'dist', 'package.json', 'oclif.manifest.json']) {
    cpSync(join(PROJECT_ROOT, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(PROJECT_ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

function removeBuild(copy: string): void {
  for (const name of readdirSync(join(copy, 'dist'))) rmSync(join(copy, 'dist', name), { recursive: true });
}

it('a process whose build was replaced under it says so, and what to do', async () => {
  const copy = installed();
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
  const copy = installed();
  removeBuild(copy);
  const run = await runCli(['status'], { bin: join(copy, 'bin/run.js') });
  expect(run).toMatchObject({ code: 1, stdout: '', stderr: 'cloudillo is not built yet. Run: npm run build\n' });
});
