import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeIdentity } from '../support/lab-identity.ts';
import { labPort } from '../support/lab-port.ts';
import { type RunningCli, runCli, startCli, temporaryDirectory } from '../support/run-cli.ts';

/** Servers of the test's own in the federation: they publish a profile and answer their inbox with `status`. */
const GUESTS = ['carol.test', 'dave.test', 'erin.test', 'frank.test'].map((idTag) => ({
  ...makeIdentity(idTag),
  status: 202,
  server: undefined as Server | undefined,
}));

let sandbox: RunningCli;
let homes: Record<string, string>;
let pids: Record<string, number>;
const started: RunningCli[] = [];

const as = (name: string, ...args: string[]) => runCli([...args, '--home', homes[name] ?? '']);
const followers = async (name: string) => {
  const { lines } = await as(name, 'relations', '--followers', '--json');
  return lines.map(({ peer }) => peer);
};
const following = async (name: string) => {
  const { lines } = await as(name, 'relations', '--following', '--json');
  return lines.map(({ peer }) => peer);
};

/** Starts an identity's server by hand, as a user would. */
async function serve(name: string): Promise<RunningCli> {
  const server = startCli(['serve', '--home', homes[name] ?? '', '--json'], { timeout: 120_000 });
  started.push(server);
  await server.line((line) => line.includes('"ready":true'));
  return server;
}

async function stop(server: RunningCli): Promise<void> {
  server.child.kill('SIGTERM');
  expect((await server.done).code).toBe(0);
}

/** Ends a server that the sandbox started, and waits until it is gone. */
async function stopMember(name: string): Promise<void> {
  const pid = pids[name] ?? 0;
  process.kill(pid, 'SIGTERM');
  await expect
    .poll(() => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    })
    .toBe(false);
}

beforeAll(async () => {
  const ports = await Promise.all(GUESTS.map(() => labPort()));
  const members = GUESTS.flatMap(({ idTag }, i) => ['--member', `${idTag}=127.0.0.1:${ports[i]}`]);
  const dir = join(temporaryDirectory(), 'sandbox');
  const args = ['sandbox', 'up', 'alice.test', 'bob.test', '--dir', dir, '--port', '0', '--dns-port', '0', ...members];
  sandbox = startCli([...args, '--json'], { timeout: 300_000 });
  const ready = JSON.parse(await sandbox.line((line) => line.includes('"ready":true')));
  homes = Object.fromEntries(ready.identities.map((each: { idTag: string; home: string }) => [each.idTag, each.home]));
  pids = Object.fromEntries(ready.identities.map((each: { idTag: string; pid: number }) => [each.idTag, each.pid]));
  await Promise.all(
    GUESTS.map(async (guest, i) => {
      const { cert, key } = ready.members.find((member: { idTag: string }) => member.idTag === guest.idTag);
      guest.server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
        const me = request.url === '/api/me';
        const inbox = request.url?.startsWith('/api/inbox');
        const status = me ? 200 : inbox ? guest.status : 404;
        const error = { error: { code: status === 403 ? 'E-AUTH-NOPERM' : 'E-CORE-NOTFOUND', message: 'no' } };
        const body = { data: me ? guest.profile : {}, time: '2026-01-31T12:00:00Z', reqId: 'test' };
        request.resume().on('end', () => {
          response.writeHead(status, { 'content-type': 'application/json' });
          response.end(JSON.stringify(status < 300 ? body : error));
        });
      });
      await new Promise<void>((resolve) => guest.server?.listen(ports[i], '127.0.0.1', resolve));
    }),
  );
});

afterAll(async () => {
  for (const { child, done } of started) {
    child.kill('SIGTERM');
    await done;
  }
  for (const { server } of GUESTS) {
    server?.closeAllConnections();
    server?.close();
  }
  sandbox?.child.kill('SIGTERM');
  await sandbox?.done;
});

describe('alice and bob', () => {
  /** Whatever the test before left: neither knows the other. */
  beforeEach(async () => {
    await as('alice.test', 'unfollow', 'bob.test');
  });

  it('follow, again, and unfollow, over DNS, TLS and the wire protocol', async () => {
    const first = await as('alice.test', 'follow', 'bob.test', '--json');
    expect(first).toMatchObject({ code: 0, json: { outcome: 'accepted', delivery: { status: 202 } } });
    expect(await followers('bob.test')).toEqual(['alice.test']);
    const again = await as('alice.test', 'follow', 'bob.test', '--json');
    expect(again).toMatchObject({ code: 0, json: { outcome: 'already', actionId: first.json.actionId } });
    const verdict = await as('alice.test', 'follow', 'bob.test', '--sync', '--json');
    expect(verdict).toMatchObject({ code: 0, json: { verified: true } });
    const stored = await as('bob.test', 'actions', '--json', '--tokens');
    expect(stored.lines).toMatchObject([{ actionId: first.json.actionId, token: first.json.token, direction: 'in' }]);
    expect(await as('alice.test', 'unfollow', 'bob.test', '--json')).toMatchObject({ code: 0 });
    expect(await followers('bob.test')).toEqual([]);
    const status = await as('bob.test', 'status', '--check', '--json');
    expect(status).toMatchObject({ code: 0, json: { problems: [], server: { pid: pids['bob.test'] } } });
  });

  it('are not told when followers are switched off', async () => {
    expect((await as('bob.test', 'config', 'set', 'followers', 'false', '--json')).json.restart).toBe(false);
    expect(await as('alice.test', 'follow', 'bob.test', '--json')).toMatchObject({ code: 0 });
    expect(await followers('bob.test')).toEqual([]);
    const { lines } = await as('bob.test', 'actions', '--type', 'FLLW', '--status', 'D', '--json');
    expect(lines).toHaveLength(1);
    await as('bob.test', 'config', 'unset', 'followers');
  });

  it('notice a rotated and a revoked key at once', async () => {
    const { json } = await as('alice.test', 'key', 'list', '--json');
    await as('alice.test', 'keygen', '--rotate');
    await as('alice.test', 'keygen', '--revoke', json.keys[0].keyId);
    const followed = await as('alice.test', 'follow', 'bob.test', '--sync', '--json');
    expect(followed).toMatchObject({ code: 0, json: { outcome: 'accepted', verified: true } });
    const profile = await as('bob.test', 'fetch-profile', 'alice.test', '--json');
    expect(profile.json.keys.map(({ keyId }: { keyId: string }) => keyId)).toEqual([followed.json.claims.k]);
  });

  it('refuse, with exit code 7, and stay as they were', async () => {
    const carol = GUESTS[0];
    if (carol) carol.status = 403;
    const { code, json } = await as('alice.test', 'follow', 'carol.test', '--json');
    expect({ code, outcome: json.outcome, error: json.error.code }).toEqual({
      code: 7,
      outcome: 'refused',
      error: 'peer.refused',
    });
    expect(await following('alice.test')).toEqual([]);
    if (carol) carol.status = 202;
  });

  it('catch up when bob was down', async () => {
    await stopMember('bob.test');
    const queued = await as('alice.test', 'follow', 'bob.test', '--json');
    expect(queued).toMatchObject({ code: 4, json: { outcome: 'queued', error: { code: 'network.refused' } } });
    expect(await as('alice.test', 'deliver', '--json')).toMatchObject({ code: 4, json: { state: 'queued' } });
    await serve('bob.test');
    expect(await followers('bob.test')).toEqual([]);
    expect(await as('alice.test', 'deliver', '--json')).toMatchObject({ code: 0, json: { state: 'delivered' } });
    expect(await followers('bob.test')).toEqual(['alice.test']);
    expect(await as('alice.test', 'deliver', '--json')).toMatchObject({ code: 0, stdout: '' });
  });
});

describe('several commands at one home at once', () => {
  const names = GUESTS.map(({ idTag }) => idTag);
  const everybody = ['bob.test', ...names].sort();

  /** Follows all guests at once, from as many processes. */
  async function followAll(...flags: string[]): Promise<void> {
    const runs = await Promise.all(names.map((name) => as('alice.test', 'follow', name, '--json', ...flags)));
    expect(runs.map(({ code, json }) => [code, json.outcome])).toEqual(names.map(() => [0, 'accepted']));
    expect(await following('alice.test')).toEqual(everybody);
    expect(await as('alice.test', 'store', 'check', '--json')).toMatchObject({ code: 0, json: { ok: true } });
  }

  it('lose nothing while a server runs', async () => {
    await followAll();
    await Promise.all(names.map((name) => as('alice.test', 'unfollow', name)));
    expect(await following('alice.test')).toEqual(['bob.test']);
  });

  it('lose nothing without a server', async () => {
    await stopMember('alice.test');
    await followAll('--no-preflight');
    const { json } = await as('alice.test', 'status', '--json');
    expect(json).toMatchObject({ server: null, queue: { queued: 0 }, store: { recovery: { damaged: [] } } });
  });

  it('deliver by themselves, as soon as a server runs, what was queued without one', async () => {
    await Promise.all(names.map((name) => as('alice.test', 'unfollow', name, '--no-preflight')));
    const queued = await Promise.all(names.map((name) => as('alice.test', 'follow', name, '--json')));
    expect(queued.map(({ code, json }) => [code, json.outcome])).toEqual(names.map(() => [4, 'queued']));
    expect(queued[0]?.json.error.hint).toContain('cloudillo serve');
    const server = await serve('alice.test');
    await expect.poll(async () => (await as('alice.test', 'status', '--json')).json.queue.queued).toBe(0);
    expect(await following('alice.test')).toEqual(everybody);
    await stop(server);
  });
});
