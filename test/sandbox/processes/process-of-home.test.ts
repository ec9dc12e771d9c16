import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { endProcess, isServerOf } from '../../../src/sandbox/processes/process-of-home.ts';

const started: ReturnType<typeof spawn>[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** A process with these words in its command line that says when it is ready. */
async function start(script: string, ...words: string[]) {
  const child = spawn(process.execPath, ['-e', `${script}; console.log('ready')`, '--', ...words]);
  started.push(child);
  await once(child.stdout, 'data');
  return child;
}

const STAY = 'setInterval(() => {}, 1e6)';

describe('isServerOf', () => {
  it('vouches for a server of that home only', async () => {
    const { pid } = await start(STAY, 'serve', '--home', '/tmp/homes/alice.test');
    expect(await isServerOf(pid as number, '/tmp/homes/alice.test')).toBe(true);
    expect(await isServerOf(pid as number, '/tmp/homes/alice')).toBe(false);
    expect(await isServerOf(process.pid, '/tmp/homes/alice.test')).toBe(false);
  });

  it('does not vouch for another command on that home, nor for a process that is gone', async () => {
    const other = await start(STAY, 'follow', '--home', '/tmp/homes/alice.test');
    expect(await isServerOf(other.pid as number, '/tmp/homes/alice.test')).toBe(false);
    other.kill('SIGKILL');
    await once(other, 'exit');
    expect(await isServerOf(other.pid as number, '/tmp/homes/alice.test')).toBe(false);
  });
});

describe('endProcess', () => {
  it('asks first, and insists with one that does not listen', async () => {
    const polite = await start(STAY, 'serve', '/h1');
    const stubborn = await start(`process.on('SIGTERM', () => {}); ${STAY}`, 'serve', '/h2');
    const ends = [polite, stubborn].map((child) => once(child, 'exit'));
    await endProcess(polite.pid as number, '/h1', 10_000);
    await endProcess(stubborn.pid as number, '/h2', 100);
    expect((await Promise.all(ends)).map(([, signal]) => signal)).toEqual(['SIGTERM', 'SIGKILL']);
  });
});
