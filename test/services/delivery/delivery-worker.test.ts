import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { decodeToken } from '../../../src/protocol/token.ts';
import type { DeliveryReport } from '../../../src/services/delivery/delivery-report.ts';
import { startDeliveryWorker, type WorkerOptions } from '../../../src/services/delivery/delivery-worker.ts';
import { dropDeliveries } from '../../../src/services/delivery/drop-deliveries.ts';
import { isUnreachable } from '../../../src/services/peers/reachability.ts';
import { json, type Lab, startLab, trustedAuthority } from '../../support/lab.ts';
import { makeIdentity, servePeer } from '../../support/lab-identity.ts';
import { inboxAnswers, type OwnInstance, ownInstance, posted } from '../../support/own-instance.ts';

const ALICE = 'alice.test';
const DAY = 86_400_000;

async function setUp(options: Parameters<typeof startLab>[0] = {}, idTags = [ALICE]) {
  const lab = await startLab(options);
  return { lab, own: await ownInstance(lab, idTags) };
}

/** A post of an identity of the home, queued for these. */
async function post(own: OwnInstance, to: string[], { tenant = ALICE, at = own.clock.wall() } = {}) {
  const token = await own.signer.sign(tenant, { t: 'POST', c: `hello ${Math.random()}` });
  const { actionId } = decodeToken(token);
  await own.store.append([
    { kind: 'action', tenant, actionId, token, direction: 'out', receivedAt: at, status: 'A' },
    { kind: 'deliveries', tenant, actionId, to, nextAt: at, at },
  ]);
  own.deliveryQueued.wake();
  return { token, actionId };
}

/** A worker that runs until the test ends. */
function startWorker(own: OwnInstance, options: WorkerOptions = {}) {
  const stop = new AbortController();
  const reports: DeliveryReport[] = [];
  const done = startDeliveryWorker(own, stop.signal, { ...options, onAttempt: (report) => void reports.push(report) });
  onTestFinished(async () => {
    stop.abort();
    await done;
  });
  const attempts = async (count: number) => {
    await expect.poll(() => reports.length, { interval: 5 }).toBeGreaterThanOrEqual(count);
    return reports;
  };
  return { reports, attempts, stop, done };
}

/** A peer that does as it likes with its connections. */
async function rudePeer(lab: Lab, idTag: string, onSocket: (socket: TLSSocket, raw: Socket) => void) {
  const { issue } = await trustedAuthority();
  const server = createServer(await issue([idTag, `cl-o.${idTag}`]));
  server.removeAllListeners('secureConnection');
  let raw: Socket;
  server.on('connection', (socket: Socket) => {
    raw = socket;
  });
  server.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => {
      // It is cut off in the middle: that is the point.
    });
    socket.once('data', () => onSocket(socket, raw));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  lab.know(idTag, (server.address() as AddressInfo).port);
}

const answered = (body: string, length = body.length) =>
  `HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`;

describe('a peer that', () => {
  const bad: [string, string, (socket: TLSSocket, raw: Socket) => void][] = [
    ['hangs', 'network.timeout', () => {}],
    ['resets', 'network.reset', (_socket, raw) => raw.resetAndDestroy()],
    ['closes without a word', 'network.reset', (socket) => socket.end()],
    [
      'drips',
      'network.timeout',
      (socket) => {
        socket.write('HTTP/1.1 202 Accepted\r\nContent-Length: 10000\r\n\r\n');
        const drip = setInterval(() => socket.write('x'), 50);
        socket.on('close', () => clearInterval(drip));
      },
    ],
    ['promises more than it sends', 'network.reset', (socket) => socket.end(answered('{}', 500))],
    ['doesn’t speak HTTP', 'network.protocol', (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n\r\n')],
  ];

  it.each(bad)('%s costs one slot and a named failure: %s', async (_, code, behaviour) => {
    const { lab, own } = await setUp({ timeout: 400 });
    await rudePeer(lab, 'rude.test', behaviour);
    const carol = await servePeer(lab, makeIdentity('carol.test'), inboxAnswers(202));
    const { actionId } = await post(own, ['rude.test', 'carol.test']);
    await post(own, ['rude.test']);
    const { attempts } = startWorker(own, { concurrency: 2 });
    const reports = await attempts(2);
    expect(reports.find(({ to }) => to === 'rude.test')).toMatchObject({
      state: 'queued',
      attempts: 1,
      error: { code },
    });
    expect(posted(carol)).toHaveLength(1);
    // What came second waits with the first, and wasn't tried.
    const waiting = own.store.deliveries({ to: 'rude.test' });
    expect(waiting.map(({ attempts: made }) => made)).toEqual([1, 0]);
    expect(waiting.every(({ nextAt }) => (nextAt ?? 0) > own.clock.wall() + 50_000)).toBe(true);
    expect(own.store.deliveries({ to: 'rude.test', actionId })[0]?.error?.code).toBe(code);
  });

  it('asks for patience gets it', async () => {
    const { lab, own } = await setUp();
    await servePeer(lab, makeIdentity('bob.test'), (_request, response) =>
      json(
        response,
        { error: { code: 'E-RATE-LIMITED', message: 'slowly' } },
        { status: 429, headers: { 'retry-after': '3600' } },
      ),
    );
    await post(own, ['bob.test']);
    const { attempts } = startWorker(own);
    const [report] = await attempts(1);
    expect(report).toMatchObject({ state: 'queued', error: { code: 'peer.refused' } });
    expect((report?.nextAt ?? 0) - own.clock.wall()).toBeGreaterThan(3_590_000);
  });

  it.each([
    [500, 'queued', 'peer.error'],
    [503, 'queued', 'peer.error'],
    [408, 'queued', 'peer.refused'],
    [400, 'refused', 'peer.refused'],
    [422, 'refused', 'peer.refused'],
    [413, 'refused', 'peer.refused'],
    [301, 'refused', 'network.redirect'],
  ])('answers %i in plain text: %s', async (status, state, code) => {
    const { lab, own } = await setUp();
    await servePeer(lab, makeIdentity('bob.test'), (_request, response) => {
      response
        .writeHead(status, { 'content-type': 'text/plain', location: 'https://elsewhere.test/' })
        .end('no: <b>really</b>');
    });
    await post(own, ['bob.test']);
    const { attempts } = startWorker(own);
    expect((await attempts(1))[0]).toMatchObject({ state, error: { code } });
  });
});

describe('the worker', () => {
  it('sends the oldest first when a peer that couldn’t be reached is back: what follows it would be refused', async () => {
    const { lab, own } = await setUp();
    lab.know('bob.test', 1);
    // In one record, as an invitation and the SUBS that goes with it.
    const at = own.clock.wall();
    const [first, second] = [await post(own, ['bob.test'], { at }), await post(own, ['bob.test'], { at })];
    const { attempts } = startWorker(own);
    const tryAgain = () => {
      own.pass((own.store.openCircuit('bob.test')?.nextAt ?? 0) - own.clock.wall());
      own.deliveryQueued.wake();
    };
    await attempts(1);
    // At first only its proxy answers.
    const peer = await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(502, 202));
    tryAgain();
    await attempts(2);
    tryAgain();
    await attempts(4);
    expect(posted(peer)).toEqual([first.token, first.token, second.token]);
  });

  it('asks a peer that fails once for all, by a schedule of its own, and goes on when it answers', async () => {
    const { lab, own } = await setUp();
    const peer = await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(500, 500, 500, 500, 500, 202));
    const posts: Awaited<ReturnType<typeof post>>[] = [];
    for (let i = 0; i < 4; i += 1) posts.push(await post(own, ['bob.test']));
    const { attempts, reports } = startWorker(own);
    await attempts(1);
    const pauses: number[] = [];
    for (let round = 1; round < 5; round += 1) {
      const nextAt = own.store.openCircuit('bob.test')?.nextAt ?? 0;
      pauses.push(Math.round((nextAt - own.clock.wall()) / 60_000));
      own.pass(nextAt - own.clock.wall());
      own.deliveryQueued.wake();
      await attempts(round + 1);
    }
    expect(pauses).toEqual([1, 2, 4, 8]);
    // By turns: no one post holds up the others when it is the post that is the trouble.
    expect(reports.map(({ actionId }) => posts.findIndex((each) => each.actionId === actionId))).toEqual([
      0, 1, 2, 3, 0,
    ]);
    own.pass((own.store.openCircuit('bob.test')?.nextAt ?? 0) - own.clock.wall());
    own.deliveryQueued.wake();
    await attempts(9);
    expect(new Set(posted(peer))).toEqual(new Set(posts.map(({ token }) => token)));
    expect(own.store.deliveryCounts()).toMatchObject({ delivered: 4, queued: 0 });
  });

  it('ends everything for a dead host when its time is over, and takes back a follow among it', async () => {
    const { lab, own } = await setUp();
    lab.know('bob.test', 1);
    const token = await own.signer.sign(ALICE, { t: 'FLLW', aud: 'bob.test', v: 'F' });
    const { actionId } = decodeToken(token);
    const at = own.clock.wall();
    await own.store.append([
      { kind: 'action', tenant: ALICE, actionId, token, direction: 'out', receivedAt: at, status: 'A' },
      { kind: 'relation', tenant: ALICE, peer: 'bob.test', following: true, follower: false, connected: false, at },
      { kind: 'deliveries', tenant: ALICE, actionId, to: ['bob.test'], nextAt: at + 1, at },
    ]);
    for (let i = 0; i < 3; i += 1) await post(own, ['bob.test']);
    own.pass(3 * DAY - 1000);
    const young = await post(own, ['bob.test']);
    const { attempts } = startWorker(own);
    await attempts(1);
    await expect.poll(() => own.store.deliveryCounts().expired).toBe(4);
    expect(own.store.deliveries({ state: 'queued' })).toMatchObject([{ actionId: young.actionId }]);
    expect(own.store.relation(ALICE, 'bob.test').following).toBe(false);
    expect(own.store.row(ALICE, actionId)?.status).toBe('D');
  });

  it('goes on at once when a peer that failed sends something', async () => {
    const { lab, own } = await setUp();
    lab.know('bob.test', 1);
    const { token } = await post(own, ['bob.test']);
    const { attempts } = startWorker(own);
    await attempts(1);
    const bob = makeIdentity('bob.test');
    const peer = await servePeer(lab, bob, inboxAnswers(202));
    const arrived = await bob.sign({ t: 'POST', c: 'back again', aud: ALICE });
    const { actionId } = decodeToken(arrived);
    const at = own.clock.wall();
    await own.store.append([
      { kind: 'action', tenant: ALICE, actionId, token: arrived, direction: 'in', receivedAt: at, status: 'A' },
    ]);
    own.live.announce({ kind: 'action', tenant: ALICE, actionId });
    await attempts(2);
    expect(posted(peer)).toEqual([token]);
  });

  it('reads a token once, however many it goes to', async () => {
    const { lab, own } = await setUp();
    const names = Array.from({ length: 12 }, (_, i) => `peer${i}.test`);
    await Promise.all(names.map((name) => servePeer(lab, makeIdentity(name), inboxAnswers(202))));
    let reads = 0;
    const { action } = own.store;
    own.store.action = (...input) => {
      reads += 1;
      return action.apply(own.store, input);
    };
    await post(own, names);
    const { attempts } = startWorker(own, { concurrency: 4 });
    await attempts(12);
    expect(reads).toBe(1);
  });

  it('lets an identity’s single post pass another’s many', async () => {
    const { lab, own } = await setUp({}, [ALICE, 'zoe.test']);
    const names = Array.from({ length: 30 }, (_, i) => `peer${i}.test`);
    const seen: string[] = [];
    await Promise.all(
      names.map((name) =>
        servePeer(lab, makeIdentity(name), ({ body }, response) => {
          seen.push(String(decodeToken((JSON.parse(body) as { token: string }).token).claims['iss']));
          json(response, { data: null }, { status: 202 });
        }),
      ),
    );
    for (let i = 0; i < 5; i += 1) await post(own, names);
    const { attempts } = startWorker(own, { concurrency: 2 });
    await attempts(20);
    await post(own, ['peer7.test'], { tenant: 'zoe.test' });
    const before = seen.length;
    await expect.poll(() => seen.includes('zoe.test')).toBe(true);
    expect(seen.indexOf('zoe.test') - before).toBeLessThan(8);
  });

  it('pauses when the store takes nothing, instead of sending again and again', async () => {
    const { lab, own } = await setUp();
    const peer = await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(202));
    await post(own, ['bob.test']);
    const { append } = own.store;
    let failures = 0;
    own.store.append = async () => {
      failures += 1;
      throw Object.assign(new Error('no room'), { code: 'store.full' });
    };
    startWorker(own);
    await expect.poll(() => failures).toBe(1);
    own.deliveryQueued.wake();
    own.store.append = append.bind(own.store);
    own.deliveryQueued.wake();
    expect(posted(peer)).toHaveLength(1);
    expect(own.logged).toContainEqual({ level: 'error', message: 'Could not record a delivery' });
    own.pass(1000);
    own.deliveryQueued.wake();
    await expect.poll(() => own.store.deliveryCounts().delivered).toBe(1);
  });

  it.each(['network.descriptors', 'network.local'] as const)(
    'takes %s for a failure of this machine: the peer has none, and is asked again',
    async (code) => {
      const { lab, own } = await setUp();
      const peer = await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(202));
      let isFailing = true;
      const { postInbox } = own.api;
      const api = {
        ...own.api,
        postInbox: async (...args: Parameters<typeof postInbox>) => {
          if (isFailing) throw new CloudilloError(code, 'no connection', { stage: 'connect' });
          return postInbox.apply(own.api, args);
        },
      } as typeof own.api;
      await post(own, ['bob.test']);
      await post(own, ['bob.test', 'carol.test']);
      const { attempts, reports } = startWorker({ ...own, api });
      await attempts(2);
      expect(reports[0]).toMatchObject({ state: 'queued', attempts: 0, error: { code, blame: 'us' } });
      // The second one to bob waits with the first.
      expect(reports.map(({ to }) => to).sort()).toEqual(['bob.test', 'carol.test']);
      expect(own.store.openCircuits(10)).toEqual([]);
      expect(own.store.deliveries({ to: 'bob.test' }).map(({ error }) => error?.code ?? null)).toEqual([code, null]);
      isFailing = false;
      own.pass(60_000);
      own.deliveryQueued.wake();
      await expect.poll(() => posted(peer).length).toBe(2);
    },
  );

  it('asks nobody for a while when this machine can ask none of as many as there are slots', async () => {
    const { own } = await setUp();
    const postInbox = async () => {
      throw new CloudilloError('network.descriptors', 'no connection', { stage: 'connect' });
    };
    const peers = Array.from({ length: 40 }, (_, n) => `p${n}.test`);
    await post(own, peers);
    const { attempts, reports } = startWorker(
      { ...own, api: { ...own.api, postInbox } as typeof own.api },
      { concurrency: 4 },
    );
    await attempts(4);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = reports.length;
    expect(before).toBeLessThan(peers.length);
    own.pass(5000);
    own.deliveryQueued.wake();
    await attempts(before + 1);
  });

  it('ends a delivery that this machine could not make for three days', async () => {
    const { own } = await setUp();
    const postInbox = async () => {
      throw new CloudilloError('network.local', 'no network', { stage: 'connect' });
    };
    await post(own, ['bob.test'], { at: own.clock.wall() - 3 * DAY - 1000 });
    const { attempts } = startWorker({ ...own, api: { ...own.api, postInbox } as typeof own.api });
    expect((await attempts(1))[0]).toMatchObject({ state: 'expired', error: { code: 'network.local', blame: 'us' } });
  });

  it('keeps what its owner dropped while the peer was asked, unless the peer has taken it', async () => {
    const { lab, own } = await setUp();
    const drop = async () => {
      for (const { actionId, to } of own.store.deliveries({ state: 'queued' })) {
        const dropped = { tenant: ALICE, actionId, to, state: 'dropped', attempts: 0, at: own.clock.wall() } as const;
        await own.store.append([{ kind: 'delivery', ...dropped }]);
      }
    };
    const answers = (status: number) => async (_: unknown, response: Parameters<typeof json>[0]) => {
      await drop();
      json(response, { data: null }, { status });
    };
    await servePeer(lab, makeIdentity('bob.test'), answers(503));
    await servePeer(lab, makeIdentity('carol.test'), answers(202));
    const { attempts } = startWorker(own);
    await post(own, ['bob.test']);
    expect((await attempts(1))[0]).toMatchObject({ to: 'bob.test', state: 'dropped' });
    await post(own, ['carol.test']);
    expect((await attempts(2))[1]).toMatchObject({ to: 'carol.test', state: 'delivered' });
  });
});

it('loses nothing that was queued, or failed first, by a clock without battery', async () => {
  const { lab, own } = await setUp();
  lab.know('bob.test', 1);
  const right = own.clock.wall();
  own.jump(-right);
  await post(own, ['bob.test']);
  await post(own, ['bob.test']);
  const { attempts } = startWorker(own);
  expect((await attempts(1))[0]).toMatchObject({ state: 'queued', attempts: 1 });
  own.jump(0);
  own.pass(60_000);
  own.deliveryQueued.wake();
  expect((await attempts(2))[1]).toMatchObject({ state: 'queued', attempts: 2 });
  expect(own.store.deliveryCounts()).toMatchObject({ queued: 2, expired: 0 });
  expect(own.store.openCircuit('bob.test')?.since).toBeLessThan(DAY);
  expect(isUnreachable(own.store, ALICE, 'bob.test', own.clock.wall())).toBe(false);
  const peer = await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(202));
  own.pass(120_000);
  own.deliveryQueued.wake();
  await expect.poll(() => posted(peer).length).toBe(2);
});

describe('isUnreachable', () => {
  it('holds after a day of failures, until the peer answers', async () => {
    const { lab, own } = await setUp();
    lab.know('bob.test', 1);
    await post(own, ['bob.test']);
    const { attempts } = startWorker(own);
    await attempts(1);
    const unreachable = () => isUnreachable(own.store, ALICE, 'bob.test', own.clock.wall());
    expect(unreachable()).toBe(false);
    own.pass(DAY - 60_000);
    expect(unreachable()).toBe(false);
    own.pass(60_000);
    expect(unreachable()).toBe(true);
    expect(isUnreachable(own.store, ALICE, 'carol.test', own.clock.wall())).toBe(false);
    await own.store.rebuild();
    expect(unreachable()).toBe(true);
    await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(202));
    own.deliveryQueued.wake();
    await attempts(2);
    expect(unreachable()).toBe(false);
  });
});

it('does not send again what was given up while it hastens what was never tried', async () => {
  const { own } = await setUp();
  const token = await own.signer.sign(ALICE, { t: 'POST', c: 'hello' });
  const { actionId } = decodeToken(token);
  const at = own.clock.wall();
  const to = Array.from({ length: 600 }, (_, n) => `p${n}.test`);
  await own.store.append([
    { kind: 'action', tenant: ALICE, actionId, token, direction: 'out', receivedAt: at, status: 'A' },
    { kind: 'deliveries', tenant: ALICE, actionId, to, nextAt: at + 30_000, at },
  ]);
  const stop = new AbortController();
  const done = startDeliveryWorker(own, stop.signal);
  await dropDeliveries(own, { to: 'p550.test' });
  stop.abort();
  await done;
  expect(own.store.deliveries({ to: 'p550.test' })).toMatchObject([{ state: 'dropped' }]);
});
