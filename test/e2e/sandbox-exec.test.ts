import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type RunOptions, runCli, startCli, temporaryDirectory } from '../support/run-cli.ts';
import { hasTerminal, openTerminal } from '../support/terminal.ts';

/** A place for temporary files, in which nothing may be left. */
function place() {
  const tmp = join(temporaryDirectory(), 'tmp');
  mkdirSync(tmp);
  const options: RunOptions = { env: { TMPDIR: tmp, CLOUDILLO_AS: 'nobody.test' }, timeout: 120_000 };
  return { options, left: () => readdirSync(tmp) };
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('sandbox exec', { timeout: 300_000 }, () => {
  it('gives the command a federation, takes its exit code, and removes everything', async () => {
    const { options, left } = place();
    const script = [
      'cloudillo follow bob.test --quiet > /dev/null',
      'cloudillo expect FLLW --home "$SANDBOX_HOMES/bob.test" --since 1m --json',
      'node -e "fetch" && test -s "$SANDBOX_CA" && test -s "$NODE_EXTRA_CA_CERTS" && test "$CLOUDILLO_NETWORK" = "$SANDBOX_NETWORK"',
      'test -z "$CLOUDILLO_AS" && test -d "$SANDBOX_DIR" && test -n "$SANDBOX_DNS"',
      'exit 42',
    ].join(' || exit 1\n');
    const run = await runCli(['sandbox', 'exec', 'alice.test', 'bob.test', '--', 'sh', '-c', script], options);
    expect(run).toMatchObject({ code: 42, stderr: '', json: { type: 'FLLW', issuer: 'alice.test' } });
    expect(left()).toEqual([]);
  });

  it('leaves flags and input to the command', async () => {
    const { options } = place();
    const words = [
      'sandbox',
      'exec',
      'alice.test,anna.test',
      '--',
      'sh',
      '-c',
      'cat; ls "$SANDBOX_HOMES"; echo "$@"',
      'sh',
    ];
    const run = await runCli([...words, '--json', '--', '-x'], { ...options, stdin: 'typed\n' });
    expect(run).toMatchObject({ code: 0, stdout: 'typed\nalice.test\n--json -- -x\n' });
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('passes %s on, and waits for the command', async (signal) => {
    const { options, left } = place();
    const script = `trap 'sleep 0.3; echo ended; exit 5' ${signal.slice(3)}; echo up; while :; do sleep 0.1; done`;
    const running = startCli(['sandbox', 'exec', 'alice.test', '--', 'sh', '-c', script], options);
    await running.line((line) => line === 'up');
    running.child.kill(signal);
    expect(await running.done).toMatchObject({ code: 5, stdout: 'up\nended\n' });
    expect(left()).toEqual([]);
  });

  it('leaves nothing when it is killed twice, nor when the command kills itself', async () => {
    const { options, left } = place();
    const script = 'trap "" TERM; echo $$; while :; do sleep 0.1; done';
    const running = startCli(['sandbox', 'exec', 'alice.test', '--', 'sh', '-c', script], options);
    const pid = Number(await running.line((line) => /^\d+$/.test(line)));
    running.child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 300));
    running.child.kill('SIGTERM');
    expect((await running.done).code).toBe(143);
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
    expect(left()).toEqual([]);
    const killed = await runCli(['sandbox', 'exec', 'alice.test', '--', 'sh', '-c', 'kill -9 $$'], options);
    expect([killed.code, left()]).toEqual([137, []]);
  });

  it('leaves no server when it is killed, and its directory to the next one', async () => {
    const { options, left } = place();
    const script = 'cloudillo sandbox status --dir "$SANDBOX_DIR" --json; exec sleep 600';
    const running = startCli(
      ['sandbox', 'exec', 'alice.test', 'bob.test', '--', 'sh', '-c', `echo $$; ${script}`],
      options,
    );
    const pid = Number(await running.line((line) => /^\d+$/.test(line)));
    const { servers } = JSON.parse(await running.line((line) => line.startsWith('{')));
    running.child.kill('SIGKILL');
    for (const server of servers) await expect.poll(() => isAlive(server.pid), { timeout: 20_000 }).toBe(false);
    // Nobody tells the command. The test may use it: its end ends the run's output, too.
    process.kill(pid, 'SIGKILL');
    await running.done;
    expect(left()).toHaveLength(1);
    const next = await runCli(['sandbox', 'exec', 'carol.test', '--', 'ls', options.env?.['TMPDIR'] ?? ''], options);
    expect([next.code, next.stdout.trim().split('\n').length, left()]).toEqual([0, 1, []]);
  });

  it('deletes nothing that runs, and none that is kept', async () => {
    const { options, left } = place();
    const kept = join(options.env?.['TMPDIR'] ?? '', 'cloudillo-sandbox-kept');
    const up = startCli(['sandbox', 'up', 'bob.test', '--dir', kept, '--json'], options);
    await up.line((line) => line.includes('"ready":true'));
    up.child.kill('SIGKILL');
    await up.done;
    const runs = startCli(['sandbox', 'exec', 'alice.test', '--', 'sh', '-c', 'echo up; read line; exit 6'], {
      ...options,
      keepStdin: true,
    });
    await runs.line((line) => line === 'up');
    expect(left()).toHaveLength(2);
    expect(await runCli(['sandbox', 'exec', 'alice.test', '--', 'sh', '-c', 'exit 5'], options)).toMatchObject({
      code: 5,
    });
    expect(left()).toHaveLength(2);
    runs.child.stdin?.end('\n');
    expect((await runs.done).code).toBe(6);
    expect(left()).toEqual(['cloudillo-sandbox-kept']);
  });

  it.each([
    ['SEGV', 139],
    ['USR1', 138],
    ['KILL', 137],
  ])('tells a command that SIG%s ended as a shell does', async (signal, code) => {
    const { options } = place();
    expect(
      (await runCli(['sandbox', 'exec', 'alice.test', '--', 'sh', '-c', `kill -${signal} $$`], options)).code,
    ).toBe(code);
  });

  it.skipIf(!hasTerminal)('leaves Ctrl-C to a command on a terminal, however often it is typed', async () => {
    const { options, left } = place();
    const script = 'trap "echo got it" INT; echo ready; read a; read b; read c; exit 6';
    const terminal = openTerminal(
      ['sandbox', 'exec', 'alice.test', '--', 'sh', '-c', script],
      options.env as Record<string, string>,
    );
    await terminal.answer('ready', '\u0003');
    await terminal.answer('got it', '\u0003');
    await terminal.answer('got it', 'on\n\n\n');
    expect([(await terminal.done).code, left()]).toEqual([6, []]);
  });

  it('goes on when the command ends a server, and says so', async () => {
    const { options, left } = place();
    const script =
      'kill -9 $(cloudillo sandbox status --dir "$SANDBOX_DIR" --json | sed "s/.*\\"pid\\":\\([0-9]*\\),.*/\\1/"); sleep 1; echo on';
    const run = await runCli(['sandbox', 'exec', 'alice.test', '--', 'sh', '-c', script], options);
    expect(run).toMatchObject({
      code: 0,
      stdout: 'on\n',
      stderr: expect.stringContaining('alice.test ended by itself'),
    });
    expect(left()).toEqual([]);
  });

  it('gives each server an address of its own, also to a user who may not use port 443', async () => {
    const { options } = place();
    const words = ['sandbox', 'exec', 'alice.test,anna.test', 'bob.test', '--addresses', '127.0.11.0/24', '--'];
    const run = await runCli([...words, 'sh', '-c', 'cloudillo sandbox status --json --dir "$SANDBOX_DIR"'], options);
    expect(run).toMatchObject({
      code: 0,
      json: {
        dns: { address: '127.0.11.2', answers: true },
        servers: [
          { idTag: 'alice.test', address: '127.0.11.3', answers: true },
          { idTag: 'anna.test', address: '127.0.11.3', answers: true },
          { idTag: 'bob.test', address: '127.0.11.4', answers: true },
        ],
      },
    });
    const ports = run.json.servers.map(({ port }: { port: number }) => port);
    expect(ports[0]).toBe(ports[1]);
    if (process.getuid?.() === 0) expect([...ports, run.json.dns.port]).toEqual([443, 443, 443, 53]);
  });

  it.each([
    [['alice.test', '--addresses', '10.0.0.0/8', '--', 'true'], 'usage.value'],
    [['alice.test'], 'usage.missing'],
    [['--', 'true'], 'usage.missing'],
    [['alice.test', '--'], 'usage.missing'],
    [['alice..test', '--', 'true'], 'usage.id-tag'],
    [['alice.test', '--', 'no-such-command-here'], 'usage.value'],
    [['alice.test', '--', '/tmp'], 'usage.value'],
    [['alice.test', '--', '/etc/passwd'], 'usage.value'],
    [['alice.test', 'true'], 'usage.missing'],
    [['alice.test', '--member', 'alice.test=127.0.0.1:9', '--', 'true'], 'usage.member'],
  ])('refuses %s', async (words, code) => {
    const { options, left } = place();
    const run = await runCli(['sandbox', 'exec', '--json', ...words], options);
    expect(run).toMatchObject({ code: 2, json: { error: { code } } });
    expect(left()).toEqual([]);
  });
});

describe('sandbox up --detach --ephemeral', { timeout: 120_000 }, () => {
  it('runs until sandbox down, which leaves nothing', async () => {
    const { options, left } = place();
    const up = await runCli(['sandbox', 'up', 'alice.test', '--detach', '--ephemeral', '--json'], options);
    expect(up).toMatchObject({ code: 0, json: { ready: true, ephemeral: true } });
    expect(left()).toHaveLength(1);
    expect(await runCli(['sandbox', 'down', '--dir', up.json.dir], options)).toMatchObject({ code: 0 });
    expect(left()).toEqual([]);
    // The directory is gone before the process is.
    await expect.poll(() => isAlive(up.json.pid), { timeout: 10_000 }).toBe(false);
    const wrong = await runCli(['sandbox', 'up', 'a..b', '--detach', '--ephemeral', '--json'], options);
    expect(wrong).toMatchObject({ code: 2, json: { error: { code: 'usage.id-tag' } } });
    expect(left()).toEqual([]);
  });
});
