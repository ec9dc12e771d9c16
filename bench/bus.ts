import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';
import { actionId } from '../src/protocol/content-id.ts';
import { generateKeyPair } from '../src/protocol/keys.ts';
import { createToken } from '../src/protocol/token.ts';
import type { Store } from '../src/store/engine/store.ts';
import { registeredApp } from './bus-app.ts';
import type { BenchResult } from './result.ts';
import { median, summarize } from './result.ts';

const LISTENERS = 1_000;
const EVENTS = 60;
const WARM_UP = 20;
const ROUNDS = 5;
const TARGET = 0.7;
/** Of the slowest hundredth, against the floor's. */
const LATENCY_TARGET = 1.6;
const TENANT = 'alice.test';

interface Measured {
  /** Events that reached everybody, a second. */
  rate: number;
  /** Milliseconds from the announcement to one listener, over all. */
  p50: number;
  p99: number;
}

/**
 * One identity's bus with a thousand listeners: an event is announced, read from the store, made into a view, and sent to
 * all; the next one follows when all have it. Against a bare `ws` server that sends the same bytes to a thousand sockets.
 * The listeners are one process, on the same cores, for both.
 */
export async function run(): Promise<BenchResult[]> {
  const home = await mkdtemp(join(tmpdir(), 'cloudillo-bench-'));
  const { app, store, token, announce } = await registeredApp(join(home, 'home'), TENANT);
  const floor = await bareServer();
  try {
    const ids = await storePosts(store);
    const { port } = app.server.address() as AddressInfo;
    const frame = await frameBytes(port, token, () => announce(ids[0] as string));
    const ours = {
      port,
      path: `/ws/bus?token=${token}`,
      frame,
      send: (index: number) => announce(ids[index] as string),
    };
    const payload = Buffer.alloc(frame - headerOf(frame), 'x');
    const bare = {
      port: (floor.server.address() as AddressInfo).port,
      path: '/',
      frame,
      send: () => floor.send(payload),
    };
    const rounds: { ours: Measured; bare: Measured }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      // In turns: a machine's speed changes from one second to the next.
      rounds.push({ ours: await measure(ours), bare: await measure(bare) });
    }
    return [rateOf(rounds), latencyOf(rounds, 'p50'), latencyOf(rounds, 'p99')];
  } finally {
    floor.server.close();
    floor.server.closeAllConnections();
    await app.close();
    await store.close();
    await rm(home, { recursive: true, force: true });
  }
}

type Rounds = readonly { ours: Measured; bare: Measured }[];

function rateOf(rounds: Rounds): BenchResult {
  const compared = rounds.map(({ ours, bare }) => ({
    value: ours.rate,
    floor: bare.rate,
    ratio: ours.rate / bare.rate,
  }));
  const summary = summarize(compared);
  const name = `bus: 1 event to ${LISTENERS} listeners`;
  return { name, unit: 'events/s', ...summary, target: TARGET, ok: summary.ratio >= TARGET };
}

function latencyOf(rounds: Rounds, which: 'p50' | 'p99'): BenchResult {
  const compared = rounds.map(({ ours, bare }) => {
    return { value: ours[which], floor: bare[which], ratio: ours[which] / bare[which] };
  });
  const summary = summarize(compared);
  const ok = median(compared.map(({ ratio }) => ratio)) <= LATENCY_TARGET;
  return { name: `bus: until a listener has it, ${which}`, unit: 'ms', ...summary, target: LATENCY_TARGET, ok };
}

interface Target {
  port: number;
  path: string;
  /** Bytes of one event on the wire. */
  frame: number;
  send: (index: number) => void;
}

async function measure({ port, path, frame, send }: Target): Promise<Measured> {
  const args = [port, path, `cl-o.${TENANT}`, LISTENERS, frame].map(String);
  const child = fork('bench/bus-listeners.js', args);
  await message(child, 'ready');
  const sentAt: number[] = [];
  let started = 0;
  for (let index = 0; index < EVENTS + WARM_UP; index++) {
    if (index === WARM_UP) started = Number(process.hrtime.bigint());
    const all = message(child, 'event');
    sentAt.push(Number(process.hrtime.bigint()));
    send(index);
    await all;
  }
  const seconds = (Number(process.hrtime.bigint()) - started) / 1e9;
  const told = message(child, 'arrivals');
  child.send('end');
  const { arrivals } = (await told) as { arrivals: number[][] };
  const latencies = arrivals.slice(WARM_UP).flatMap((times, index) => {
    return times.map((time) => (time - (sentAt[index + WARM_UP] as number)) / 1e6);
  });
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] as number;
  return { rate: EVENTS / seconds, p50: at(0.5), p99: at(0.99) };
}

function message(child: ChildProcess, field: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onMessage = (value: object) => {
      if (!(field in value)) return;
      child.off('message', onMessage).off('exit', onExit);
      resolve(value);
    };
    const onExit = (code: number | null) => reject(new Error(`the listeners ended with ${code}`));
    child.on('message', onMessage).on('exit', onExit);
  });
}

/** Posts of one length, so that every frame has the same. */
async function storePosts(store: Store): Promise<string[]> {
  const { privateKey } = generateKeyPair();
  const now = Date.now();
  const ids: string[] = [];
  for (let index = 0; index < EVENTS + WARM_UP; index++) {
    const c = `Post number ${String(index).padStart(4, '0')}: ${'something to say, '.repeat(10)}`;
    const token = await createToken(
      { iss: TENANT, k: 'x', t: 'POST', iat: Math.floor(now / 1000), c, v: 'P' },
      privateKey,
    );
    const id = actionId(token);
    const event = { tenant: TENANT, actionId: id, token, receivedAt: now } as const;
    await store.append([{ kind: 'action', direction: 'out', status: 'A', visibility: 'P', ...event }]);
    ids.push(id);
  }
  return ids;
}

/** How long one event is on the wire: asked of a first listener. */
async function frameBytes(port: number, token: string, send: () => void): Promise<number> {
  const { WebSocket } = await import('ws');
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/bus?token=${token}`, { headers: { host: `cl-o.${TENANT}` } });
  await once(socket, 'open');
  send();
  const [data] = (await once(socket, 'message')) as [Buffer];
  socket.close();
  await once(socket, 'close');
  return data.length + (data.length < 126 ? 2 : 4);
}

function headerOf(frame: number): number {
  return frame < 128 ? 2 : 4;
}

async function bareServer(): Promise<{ server: Server; send: (payload: Buffer) => void }> {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    send: (payload) => {
      for (const socket of sockets.clients) socket.send(payload, { binary: false });
    },
  };
}
