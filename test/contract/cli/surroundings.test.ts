import { execFile, execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CLI_PATH, isolatedEnv, runCli, temporaryDirectory } from '../../support/run-cli.ts';

const run = promisify(execFile);
const ROOT = process.getuid?.() === 0;

/** Why this machine can't run what takes another user or a process namespace; null: it can. */
function whySkipped(): string | null {
  if (!ROOT) return 'needs root';
  try {
    execFileSync('unshare', ['--pid', '--fork', 'setpriv', '--reuid=54321', 'true'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'needs unshare and setpriv of util-linux, and the right to use them';
  }
}

const skipped = whySkipped();
const title = (text: string) => (skipped === null ? text : `${text} (skipped: ${skipped})`);

/** Runs the program as a user without a passwd entry and with an empty environment. */
async function asNobody(...words: string[]) {
  const node = [process.execPath, CLI_PATH, ...words];
  const done = run('setpriv', ['--reuid=54321', '--regid=54321', '--clear-groups', ...node], {
    env: { PATH: process.env['PATH'] ?? '' },
  });
  return done.then(
    ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

describe.skipIf(skipped !== null)(title('a user without a passwd entry'), () => {
  it.each([['--help'], ['help', 'store', 'check'], ['keygen', '--help']])('sees the help: %s %s', async (...words) => {
    expect(await asNobody(...words)).toMatchObject({ code: 0, stdout: expect.stringContaining('USAGE') });
  });

  it('is told of a wrong flag, and that there is no home', async () => {
    expect((await asNobody('status', '--bogus')).stderr).toContain('code: usage.flag');
    const { code, stderr } = await asNobody('status');
    expect({ code, stderr }).toMatchObject({ code: 8, stderr: expect.stringContaining('code: home.missing') });
    expect(stderr).toContain('--home');
  });

  it('may work with a home that is named', async () => {
    // Not in the directory of the tests' run: that one is closed to others.
    const home = mkdtempSync(join(tmpdir(), 'cloudillo-nobody-'));
    onTestFinished(() => rmSync(home, { recursive: true }));
    chmodSync(home, 0o777);
    expect((await asNobody('init', 'alice.test', '--home', `${home}/h`)).stderr).toBe('');
    expect((await asNobody('key', 'list', '--home', `${home}/h`, '--json')).stdout).toContain('"keyId"');
  });
});

describe('a working directory that is gone', () => {
  const inGone = (words: string) =>
    run('bash', ['-c', `cd $GONE && rmdir $GONE && ${process.execPath} ${CLI_PATH} ${words}; echo "exit $?"`], {
      env: isolatedEnv({ GONE: temporaryDirectory() }),
    });

  it.each(['--help', '--version', 'config'])('hinders nobody who names no file: %s', async (words) => {
    expect((await inGone(words)).stdout).toContain('exit 0');
  });

  it.each(['keygen --out k.pem', 'init alice.test --home h', 'status --home h'])(
    'is named where a relative path was given: %s',
    async (words) => {
      const { stdout, stderr } = await inGone(words);
      expect(stdout).toContain('exit 2');
      expect(stderr).toContain('code: usage.working-directory');
    },
  );
});

describe('a TMPDIR that is not there', () => {
  const env = { TMPDIR: '/nonexistent' };

  it('is named by what needs one', async () => {
    const { code, json } = await runCli(['sandbox', 'demo', '--json'], { env });
    expect(code).toBe(8);
    expect(json.error).toMatchObject({ code: 'store.io', hint: expect.stringContaining('TMPDIR') });
  });

  it('hinders nothing else', async () => {
    expect((await runCli(['config', '--json'], { env })).code).toBe(0);
  });
});

describe.skipIf(skipped !== null)(title('as the first process of a container'), () => {
  /** A DNS server that never answers, and the command that waits for it, as PID 1. */
  async function waiting() {
    const silent = createSocket('udp4');
    silent.bind(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const words = ['dns-check', 'alice.test', '--resolver', `127.0.0.1:${silent.address().port}`];
    const limits = ['--timeout', '60s', '--wait', '1h'];
    const child = execFile(
      'unshare',
      ['--pid', '--fork', '--kill-child', process.execPath, CLI_PATH, ...words, ...limits],
      {
        env: isolatedEnv(),
      },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(silent, 'message');
    return child;
  }

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)('%s ends a command', async (signal, code) => {
    const child = await waiting();
    const ended = once(child, 'exit');
    // unshare waits for its child, and ends as that one did.
    execFileSync('pkill', ['-P', String(child.pid), `-${signal}`]);
    expect((await ended)[0]).toBe(code);
  });
});
