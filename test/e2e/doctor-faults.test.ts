/** Faults of this machine that nothing stands in for: what `doctor` says of them. */
import { chmodSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { selfSignedServer } from '../support/certificates.ts';
import { CAN_MOUNT, ownDisk } from '../support/own-disk.ts';
import { type RunningCli, runCli, startCli, temporaryDirectory } from '../support/run-cli.ts';

/** Stands for `node` in `runCli` and `startCli`: a line of shell in which "$@" is what `node` gets. */
function nodeBy(line: string): string {
  const node = join(temporaryDirectory(), 'node');
  writeFileSync(node, `#!/bin/sh\n${line.replace('node', process.execPath)}\n`, { mode: 0o700 });
  return node;
}

async function makeHome(home = join(temporaryDirectory(), 'home'), node?: string): Promise<string> {
  const run = await runCli(['init', 'alice.test', '--home', home, '--yes'], node === undefined ? {} : { node });
  expect(run.code).toBe(0);
  return home;
}

async function serve(home: string, node: string): Promise<RunningCli & { port: number }> {
  const flags = ['serve', '--home', home, '--port', '0', '--plain-http', '--json'];
  const running = startCli(flags, { node, timeout: 120_000 });
  onTestFinished(() => void running.child.kill('SIGKILL'));
  const { port } = JSON.parse(await running.line((line) => line.startsWith('{"ready"')));
  return { ...running, port };
}

/** What `doctor` says of the home. There is no network: names aren't found, which is a finding of its own. */
async function doctor(home: string, node?: string) {
  const flags = ['doctor', '--home', home, '--timeout', '1s', '--json'];
  const run = await runCli(flags, { timeout: 120_000, ...(node !== undefined && { node }) });
  const [first, ...others] = run.json.findings as { fault: string; next: string; evidence: string[] }[];
  return { ...run, first, others };
}

const TIMES = { timeout: 240_000 };

// A disk of its own takes root and mount namespaces.
describe.skipIf(!CAN_MOUNT)('doctor on a full disk (needs root and mount namespaces)', TIMES, () => {
  it.each([
    ['without room', 'size=8m', 'cat /dev/zero > "$1/filler" 2> /dev/null || true'],
    [
      'without inodes',
      'size=8m,nr_inodes=150',
      'i=0; while (: > "$1/filler$i") 2> /dev/null; do i=$((i+1)); done; true',
    ],
  ])('names it first %s, with a server and without, and not once there is room', async (_what, options, fill) => {
    const disk = await ownDisk(options);
    const home = await makeHome(join(disk.place, 'home'), disk.node);
    disk.sh(fill);
    const alone = await doctor(home, disk.node);
    expect(alone).toMatchObject({ code: 8, first: { fault: 'disk-full' } });
    expect(alone.first?.next).toContain('cloudillo file gc');
    await serve(home, disk.node);
    expect((await doctor(home, disk.node)).first).toMatchObject({ fault: 'disk-full' });
    disk.sh('rm "$1"/filler*');
    const isWell = async () => (await doctor(home, disk.node)).first?.fault !== 'disk-full';
    await vi.waitUntil(isWell, { timeout: 60_000, interval: 1_000 });
  });
});

// Each is a disk of its own below a home that has room.
describe.skipIf(!CAN_MOUNT)('doctor on a full mount in the home (needs root and mount namespaces)', TIMES, () => {
  it.each([
    ['journal', 503],
    ['blobs', 503],
    ['cache', 200],
  ])('names %s/ first, with its mount, and /readyz says what that means', async (name, ready) => {
    const disk = await ownDisk('size=64m');
    const home = await makeHome(join(disk.place, 'home'), disk.node);
    const place = join(home, name);
    disk.sh(`mount -t tmpfs -o size=1m,mode=700 tmpfs "$1/home/${name}"`);
    const { port } = await serve(home, disk.node);
    const readiness = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status;
    expect(await readiness()).toBe(200);
    disk.sh(`cat /dev/zero > "$1/home/${name}/filler" 2> /dev/null || true`);
    // The disks are asked every two seconds at most.
    await vi.waitUntil(async () => (await readiness()) === ready, { timeout: 60_000, interval: 500 });
    const { first } = await doctor(home, disk.node);
    expect(first).toMatchObject({ fault: 'disk-full' });
    expect(first?.evidence.join()).toContain(`no room left for ${place}`);
    expect(first?.evidence.join()).toContain(`mounted at ${place}`);
    const status = await runCli(['status', '--home', home, '--json'], { node: disk.node });
    expect(status.json.problems[0]).toMatchObject({ code: 'store.full', message: expect.stringContaining(place) });
    expect(await readiness()).toBe(ready);
  });
});

// `/dev/full` and `/proc` are of Linux.
describe.skipIf(process.platform !== 'linux')('doctor beside a server (needs Linux)', TIMES, () => {
  it('names a log that takes no writes', async () => {
    const home = await makeHome();
    const { port } = await serve(home, nodeBy('exec node "$@" 2> /dev/full'));
    await fetch(`http://127.0.0.1:${port}/healthz`);
    const { first } = await doctor(home);
    expect(first).toMatchObject({ fault: 'log-full' });
    expect(first?.next).toContain('standard error');
  });

  it('names the limit of descriptors when it is reached', async () => {
    const home = await makeHome();
    const { port } = await serve(home, nodeBy('ulimit -n 60 && exec node "$@"'));
    const sockets: Socket[] = [];
    onTestFinished(() => sockets.forEach((socket) => void socket.destroy()));
    let closed = 0;
    for (let n = 0; n < 60; n += 1)
      sockets.push(
        connect(port, '127.0.0.1')
          .on('error', () => {})
          .on('close', () => {
            closed += 1;
          }),
      );
    await vi.waitUntil(() => closed > 0, { timeout: 30_000 });
    const { first } = await doctor(home);
    expect(first).toMatchObject({ fault: 'no-descriptors' });
    expect(first?.next).toContain('ulimit -n');
  });

  it('names a server that is stopped in its tracks, instead of waiting for it', async () => {
    const home = await makeHome();
    const { child } = await serve(home, process.execPath);
    child.kill('SIGSTOP');
    const { code, first } = await doctor(home);
    expect({ code, first }).toMatchObject({ code: 8, first: { fault: 'server-hangs' } });
    expect(first?.next).toContain('kill -CONT');
    child.kill('SIGCONT');
    expect((await doctor(home)).first?.fault).not.toBe('server-hangs');
  });

  it('names a certificate that this user may not read', async () => {
    const home = await makeHome();
    const { cert, key } = await selfSignedServer(['alice.test', 'cl-o.alice.test']);
    const files = { cert: join(temporaryDirectory(), 'cert.pem'), key: join(temporaryDirectory(), 'key.pem') };
    writeFileSync(files.cert, cert);
    writeFileSync(files.key, key);
    for (const [name, file] of Object.entries(files))
      await runCli(['config', 'set', `tls.${name}`, file, '--home', home]);
    // Root reads everything but for these two capabilities.
    const without = '-dac_override,-dac_read_search';
    const asUser = process.getuid?.() === 0 ? `setpriv --bounding-set ${without} --inh-caps ${without} ` : '';
    const node = nodeBy(`exec ${asUser}node "$@"`);
    for (const file of Object.values(files)) {
      chmodSync(file, 0o000);
      const { first } = await doctor(home, node);
      expect(first).toMatchObject({ fault: 'certificate-unreadable' });
      expect(first?.evidence.join()).toContain(file);
      expect(first?.next).toContain('the right to read the file');
      chmodSync(file, 0o600);
    }
    expect((await doctor(home, node)).first?.fault).not.toBe('certificate-unreadable');
  });
});
