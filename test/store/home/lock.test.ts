import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openFileStore } from '../../../src/store/engine/store.ts';
import { createHome } from '../../../src/store/home/home.ts';
import { acquireHome, connectOwner, type HomeLock } from '../../../src/store/home/lock.ts';
import { type Child, childScript, startChild } from '../../support/child-process.ts';
import { codeOf, temporaryDirectory, temporaryHome } from '../../support/store-fixtures.ts';

const script = childScript('store/children/own-home.ts');

const STANDING = { kind: 'treatment', tenant: 'alice.test', blocked: true, muted: false, at: 1 } as const;

async function acquire(root: string): Promise<HomeLock> {
  const lock = await acquireHome(root);
  if (!lock) throw new Error('somebody else has it');
  onTestFinished(() => lock.release());
  return lock;
}

function greet(lock: HomeLock): void {
  lock.server.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.end('hello');
  });
}

function connectionsOf(lock: HomeLock): Promise<number> {
  return new Promise((resolve, reject) => {
    lock.server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}

async function ask(root: string): Promise<string | null> {
  const socket = await connectOwner(root);
  return socket && text(socket);
}

describe('the owner of a home', () => {
  it.skipIf(process.platform !== 'linux')('can be nobody where nobody may write', async () => {
    expect(await codeOf(acquireHome('/sys'))).toBe('home.not-writable');
  });

  it('is the only one, until it lets go', async () => {
    const root = await temporaryHome();
    const lock = await acquire(root);
    expect(lock.generation).toBe(1);
    expect(await acquireHome(root)).toBeNull();
    await lock.release();
    await lock.release();
    expect((await acquire(root)).generation).toBe(2);
  });

  it('is reached through control.sock, and nobody is when there is none', async () => {
    const root = await temporaryHome();
    expect(await connectOwner(root)).toBeNull();
    const lock = await acquire(root);
    greet(lock);
    expect(await ask(root)).toBe('hello');
    expect(await readlink(join(root, 'control.sock'))).toBe('own.1/s');
    await lock.release();
    expect(await connectOwner(root)).toBeNull();
    expect(await connectOwner(join(root, 'not-there'))).toBeNull();
  });

  it('answers those who came before it was ready', async () => {
    const root = await temporaryHome();
    const lock = await acquire(root);
    const early = await connectOwner(root);
    await expect.poll(() => connectionsOf(lock)).toBe(1);
    greet(lock);
    expect(await text(early as Socket)).toBe('hello');
  });

  it('lets go although a client idles', async () => {
    const root = await temporaryHome();
    const lock = await acquire(root);
    const idle = (await connectOwner(root)) as Socket;
    idle.resume();
    await lock.release();
    await once(idle, 'close');
    expect((await acquire(root)).generation).toBe(2);
  });

  it.each([90, 120, 200])('works in a home with a path of %i bytes more', async (length) => {
    const base = await temporaryDirectory();
    const root = join(base, 'x'.repeat(length / 2), 'ü'.repeat(length / 4));
    await createHome(root, new Date());
    const lock = await acquire(root);
    greet(lock);
    expect(await ask(root)).toBe('hello');
    expect(await acquireHome(root)).toBeNull();
    await lock.release();
    expect(await ask(root)).toBeNull();
    expect((await acquire(root)).generation).toBe(2);
  });

  it('gives two homes whose long paths begin alike two owners', async () => {
    const base = join(await temporaryDirectory(), 'x'.repeat(120));
    const [one, two] = [join(base, 'one'), join(base, 'two')];
    for (const root of [one, two]) await createHome(root, new Date());
    await acquire(one);
    expect(await acquireHome(two).then((lock) => lock?.release().then(() => true))).toBe(true);
  });

  it('sweeps up dead generations and what dead processes prepared, never the highest', async () => {
    const root = await temporaryHome();
    await mkdir(join(root, '.own.999999999.0123456789ab.0'));
    for (let n = 0; n < 12; n += 1) await (await acquireHome(root))?.release();
    const names = await readdir(root);
    expect(names).toContain('own.12');
    expect(names.filter((name) => /^own\./.test(name)).length).toBeLessThanOrEqual(4);
    expect(names.filter((name) => name.startsWith('.own'))).toEqual([]);
  });

  const STRANGERS = [
    ...[
      'own.72057594037927936',
      'own.9007199254740993',
      'own.1000000000000',
      'own.007',
      'own.1e3',
      'own.-1',
      'own.3.bak',
      'own.',
    ],
    ...[
      '.own.999999999.abc.0',
      '.own.999999999',
      '.own.999999999.0123456789ab.0.bak',
      '.own.72057594037927936.0123456789ab.0',
    ],
  ];

  it.each(STRANGERS)('leaves what it did not make, and names it: %s', async (name) => {
    const root = await temporaryHome();
    await mkdir(join(root, name));
    const before = new Set(await readdir(root));
    for (let n = 0; n < 6; n += 1) {
      const lock = await acquireHome(root);
      expect(lock?.unknown).toEqual([name]);
      await lock?.release();
    }
    for (const kept of before) expect(await readdir(root)).toContain(kept);
  });

  it('leaves a directory with a name of ours that holds other files', async () => {
    const root = await temporaryHome();
    await mkdir(join(root, 'own.1'));
    await writeFile(join(root, 'own.1', 'letter.txt'), 'precious');
    await mkdir(join(root, '.own.999999999.0123456789ab.0'));
    await writeFile(join(root, '.own.999999999.0123456789ab.0', 's'), 'no socket');
    await symlink('nowhere', join(root, 'own.2'));
    for (let n = 0; n < 8; n += 1) await (await acquireHome(root))?.release();
    expect(await readFile(join(root, 'own.1', 'letter.txt'), 'utf8')).toBe('precious');
    expect(await readFile(join(root, '.own.999999999.0123456789ab.0', 's'), 'utf8')).toBe('no socket');
    expect(await readlink(join(root, 'own.2'))).toBe('nowhere');
  });

  it('says which directory is in the way when no number comes after it', async () => {
    const root = await temporaryHome();
    await mkdir(join(root, 'own.999999999999'));
    expect(await codeOf(acquireHome(root))).toBe('home.damaged');
    expect(await readdir(root)).toContain('own.999999999999');
  });

  it('isn’t fooled by a socket file without a listener, an empty directory or a dangling link', async () => {
    const root = await temporaryHome();
    await mkdir(join(root, 'own.7'));
    await writeFile(join(root, 'own.7', 's'), '');
    await mkdir(join(root, 'own.8'));
    await symlink('own.5/s', join(root, 'control.sock'));
    expect(await connectOwner(root)).toBeNull();
    expect((await acquire(root)).generation).toBe(9);
  });

  it('goes on from the number that the link has seen, when the directories are gone', async () => {
    const root = await temporaryHome();
    await symlink('own.3/s', join(root, 'control.sock'));
    expect((await acquire(root)).generation).toBe(4);
  });

  it('is alive although it is stopped and its backlog is full', async () => {
    const root = await temporaryHome();
    const owner = startChild(await script(), [root]);
    onTestFinished(() => {
      owner.process.kill('SIGKILL');
    });
    expect(await owner.line()).toBe('own');
    owner.process.kill('SIGSTOP');
    const sockets: Socket[] = [];
    const fill = async (): Promise<string> => {
      for (;;) sockets.push((await connectOwner(root)) as Socket);
    };
    expect(await codeOf(fill())).toBe('home.busy');
    expect(await acquireHome(root)).toBeNull();
    for (const socket of sockets) socket.destroy();
  });
});

describe('many processes', { timeout: 120_000 }, () => {
  const results = async (children: Child[]): Promise<(string | null)[]> =>
    Promise.all(children.map((one) => one.line()));

  it('of 50 started at once after a kill -9, exactly one wins', async () => {
    const root = await temporaryHome();
    const file = await script();
    const owner = startChild(file, [root]);
    expect(await owner.line()).toBe('own');
    owner.process.kill('SIGKILL');
    await owner.exited;
    expect(existsSync(join(root, 'control.sock'))).toBe(true);
    await rm(join(root, 'cache', 'held'));
    const startAt = String(Date.now() + 4000);
    const children = Array.from({ length: 50 }, () => startChild(file, [root, startAt]));
    onTestFinished(() => {
      for (const child of children) child.process.kill('SIGKILL');
    });
    const said = await results(children);
    expect(said.filter((word) => word === 'own')).toHaveLength(1);
    expect(said.filter((word) => word === 'taken')).toHaveLength(49);
    for (const child of children) child.process.stdin?.end();
    await Promise.all(children.map((child) => child.exited));
    expect((await readdir(root)).filter((name) => name.startsWith('.own'))).toEqual([]);
    const next = startChild(file, [root, '0', 'once']);
    expect(await next.line()).toBe('own');
    expect(await next.exited).toMatchObject({ code: 0 });
  });

  it('never own at the same time, when they take turns as fast as they can', async () => {
    const root = await temporaryHome();
    const file = await script();
    let failures: (string | null)[] = [];
    for (let round = 0; round < 3; round += 1) {
      const startAt = String(Date.now() + 1500);
      const children = Array.from({ length: 16 }, () => startChild(file, [root, startAt, 'once']));
      const said = await results(children);
      await Promise.all(children.map((child) => child.exited));
      failures = [...failures, ...said.filter((word) => word !== 'own' && word !== 'taken')];
      expect(said).toContain('own');
    }
    expect(failures).toEqual([]);
    expect((await readFile(join(root, 'cache', 'holders'), 'utf8')).trim().split('\n').length).toBeGreaterThanOrEqual(
      3,
    );
  });
});

it('ends its fence with the lock: a store that was left open writes nothing more', async () => {
  const root = await temporaryHome();
  const first = await acquireHome(root);
  if (!first) throw new Error('somebody owns a fresh home');
  const store = await openFileStore(root, { fence: first.fence });
  await store.append([{ ...STANDING, peer: 'before.test' }]);
  const seen = store.head();
  await store.append([{ ...STANDING, peer: 'between.test' }]);
  expect(await codeOf(store.append([{ ...STANDING, peer: 'late.test' }], seen))).toBe('store.conflict');
  await store.append([{ ...STANDING, peer: 'next.test' }], store.head());
  await first.release();
  expect(await codeOf(store.append([{ ...STANDING, peer: 'after.test' }]))).toBe('store.fenced');
  const second = await acquire(root);
  expect(second.fence.number).toBeGreaterThan(first.fence.number);
  const next = await openFileStore(root, { fence: second.fence });
  expect(next.treatments('alice.test').map(({ peer }) => peer)).toEqual(['before.test', 'between.test', 'next.test']);
  expect(next.stats().records).toBe(3);
  await next.close();
  await store.close();
});
