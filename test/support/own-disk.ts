import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryDirectory } from './run-cli.ts';

/** Whether this user may mount: it takes root and mount namespaces. Elsewhere tests of real disks are skipped. */
export const CAN_MOUNT =
  process.platform === 'linux' &&
  spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0 &&
  spawnSync('nsenter', ['--version']).status === 0;

/** A disk of a test's own, in a mount namespace that ends with the test. */
export interface OwnDisk {
  /** Where it is mounted. Only processes in the namespace see it. */
  place: string;
  /** Stands for `node` in `runCli` and `startCli`: runs it in the namespace. */
  node: string;
  /** Runs a line of shell in the namespace, with the place as `$1`. @returns its standard output @throws when it fails */
  sh(line: string): string;
}

/** Mounts a tmpfs. @param options of mount: `size=8m` */
export async function ownDisk(options: string): Promise<OwnDisk> {
  const place = temporaryDirectory('disk-');
  const line = 'mount -t tmpfs -o "$2" tmpfs "$1" && echo ready && exec cat';
  const holder = spawn('unshare', ['-m', 'sh', '-c', line, 'sh', place, options], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  const enter = ['-m', '-t', String(holder.pid), '--'];
  const node = join(temporaryDirectory(), 'node');
  writeFileSync(node, `#!/bin/sh\nexec nsenter ${enter.join(' ')} ${process.execPath} "$@"\n`, { mode: 0o700 });
  return {
    place,
    node,
    sh(text) {
      const run = spawnSync('nsenter', [...enter, 'sh', '-c', text, 'sh', place], { encoding: 'utf8' });
      if (run.status !== 0) throw new Error(`${text}: ${run.stderr}`);
      return run.stdout;
    },
  };
}
