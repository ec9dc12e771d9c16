import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { type BusClient, type BusFrame, createBusClient } from '../../../src/federation/bus/bus-client.ts';
import type { CloudilloError } from '../../../src/protocol/errors.ts';
import { type Lab, type Peer, startLab } from '../../support/lab.ts';
import { recordSpans } from '../../support/recorded-spans.ts';

let lab: Lab;
let peer: Peer;
let sockets: WebSocketServer;
let client: BusClient;
let frames: BusFrame[];
let asked: { url: string | undefined; authorization: string | undefined }[];
/** What the peer does with an open socket. */
let serve: (socket: WebSocket) => void;

/** Answers commands as every instance does. */
function polite(socket: WebSocket): void {
  socket.on('message', (data) => {
    const { id } = JSON.parse(data.toString());
    socket.send(JSON.stringify({ id, cmd: 'ack', data: { status: 'pong' } }));
  });
}

beforeEach(async () => {
  lab = await startLab();
  peer = await lab.peer('bob.test', (_request, response) => void response.writeHead(404).end());
  frames = [];
  asked = [];
  serve = polite;
  sockets = new WebSocketServer({ noServer: true, autoPong: true });
  peer.server.on('upgrade', (request, socket, head) => {
    asked.push({ url: request.url, authorization: request.headers.authorization });
    sockets.handleUpgrade(request, socket, head, (made) => serve(made));
  });
  client = createBusClient({ network: lab.network, timeout: 2_000, heartbeat: 100 });
  onTestFinished(() => client.close());
});

const connect = (signal?: AbortSignal) =>
  client.connect('bob.test', { bearer: 'secret', onFrame: (frame) => frames.push(frame), signal });
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: CloudilloError) => [error.code, error.details?.['status']].filter((part) => part !== undefined).join(' '),
  );

it('tells an observer of each stage, and the peer its place in the trace', async () => {
  const { observer, spans } = recordSpans();
  const observed = createBusClient({ network: lab.network, timeout: 10_000, observer });
  onTestFinished(() => observed.close());
  let traceparent: unknown;
  peer.server.once('upgrade', ({ headers }) => {
    traceparent = headers['traceparent'];
  });
  const connection = await observed.connect('bob.test', { bearer: 'hidden-4711', onFrame: () => {} });
  expect(spans.map(({ path }) => path)).toEqual([
    'bus',
    'bus > dns',
    'bus > connect',
    'bus > tls',
    'bus > answer',
    'bus > ping',
  ]);
  const facts = { 'url.full': 'wss://cl-o.bob.test/ws/bus', 'http.response.status_code': 101 };
  expect(spans[0]).toMatchObject({ kind: 'client', facts });
  expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  connection.close();
  await connection.ended;
  expect(spans.every(({ end }) => end !== null)).toBe(true);
  expect(JSON.stringify(spans)).not.toContain('hidden-4711');
});

it('connects with the token in a header, and passes frames on in order', async () => {
  serve = (socket) => {
    polite(socket);
    socket.on('message', () => {
      for (const data of [1, 2]) socket.send(JSON.stringify({ id: 'x', cmd: 'ACTION', data }));
      for (const junk of ['no json', '[]', '{"cmd":1}', Buffer.from('{"cmd":"ACTION"}')]) socket.send(junk);
      socket.send(JSON.stringify({ id: 'x', cmd: 'ACTION', data: 3 }));
    });
  };
  const connection = await connect();
  await expect.poll(() => frames.map(({ data }) => data)).toEqual([1, 2, 3]);
  expect(asked).toEqual([{ url: '/ws/bus', authorization: 'Bearer secret' }]);
  connection.close();
  await connection.ended;
});

it.each([
  [4401, 'peer.refused 401'],
  [4403, 'peer.refused 403'],
  [4404, 'peer.refused 404'],
  [4500, 'peer.error 500'],
  [1001, 'network.reset'],
])('closed with %d before it answered, and later: %s', async (close, code) => {
  serve = (socket) => socket.close(close, 'because');
  expect(await codeOf(connect())).toBe(code);
  serve = (socket) => {
    polite(socket);
    socket.on('message', () => socket.close(close, 'because'));
  };
  expect(await codeOf((await connect()).ended)).toBe(code);
});

it('answered in HTTP instead', async () => {
  peer.server.removeAllListeners('upgrade').on('upgrade', (_request, socket) => {
    const body = JSON.stringify({ error: { code: 'E-RATE-LIMITED', message: 'secret is too often here' } });
    socket.end(`HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  });
  const error = (await connect().catch((thrown) => thrown)) as CloudilloError;
  expect([error.code, error.retryable, error.retryAfter]).toEqual(['peer.refused', true, 7]);
  expect(error.details).toMatchObject({ status: 429, peerCode: 'E-RATE-LIMITED' });
});

it('a peer that hangs, resets or lies costs one bounded wait', async () => {
  serve = () => {}; // Opens, and never answers.
  expect(await codeOf(connect())).toBe('network.timeout');
  serve = (socket) => {
    polite(socket);
    socket.on('message', () => socket.terminate());
  };
  expect(await codeOf((await connect()).ended)).toBe('network.reset');
  serve = (socket) => {
    polite(socket);
    socket.on('message', () => socket.send('x'.repeat(4 * 1024 * 1024 + 1)));
  };
  // On a busy machine the frame takes longer than the heartbeat: then it isn't even open.
  expect(await codeOf(connect().then(({ ended }) => ended))).toMatch(/^network\./);
});

it('nobody there, or nobody by that name', async () => {
  await peer.close();
  expect(await codeOf(connect())).toBe('network.refused');
  const other = client.connect('carol.test', { bearer: 'x', onFrame: () => {} });
  expect(await codeOf(other)).toMatch(/^dns\./);
});

it('an address that is no sandbox’s and not public is not connected to', async () => {
  lab.dns.names.set('cl-o.evil.test', ['127.0.0.1']);
  const evil = client.connect('evil.test', { bearer: 'x', onFrame: () => {} });
  expect(await codeOf(evil)).toBe('network.address-blocked');
});

it('falls silent: given up; paused by ourselves: not', async () => {
  sockets.options.autoPong = false;
  const connection = await connect();
  expect(await codeOf(connection.ended)).toBe('network.timeout');
  const paused = await connect();
  paused.pause();
  let over = false;
  void paused.ended.catch(() => {
    over = true;
  });
  // Longer than silence is borne: that nothing happens can only be waited for.
  await sleep(500);
  expect(over).toBe(false);
});

it('given up before and after it is made', async () => {
  serve = () => {};
  const early = new AbortController();
  const waiting = connect(early.signal);
  setTimeout(() => early.abort(), 50);
  expect(await codeOf(waiting)).toBe('network.aborted');
  serve = polite;
  const later = new AbortController();
  const { ended } = await connect(later.signal);
  later.abort();
  await ended;
});
