import type { ClientRequest, IncomingMessage } from 'node:http';
import type { ClientOptions, RawData, WebSocket } from 'ws';
import { CloudilloError } from '../protocol/errors.ts';
import { isJsonObject } from '../protocol/json-object.ts';
import { GuardedAgent } from './agents.ts';
import { readStart } from './body.ts';
import { type Connection, connectionOf } from './connection.ts';
import type { Network } from './network.ts';
import { peerError } from './peer-error.ts';
import { peerUrl } from './peer-url.ts';
import { createHostResolver } from './resolver.ts';
import { parseRetryAfter } from './retry-after.ts';
import { excerpt } from './text-excerpt.ts';
import { timeoutError, transportError } from './transport-error.ts';

/** What the other side sends without being asked. */
export interface BusFrame {
  cmd: string;
  data: unknown;
}

/** An open bus. */
export interface BusConnection {
  /**
   * Resolves when it ended by our own close.
   * @throws CloudilloError `network.*` (lost), `peer.refused` (`details.status` 401: the token ran out; 403, 404), `peer.error`
   */
  ended: Promise<void>;
  close(): void;
  /** Reads no more until {@link BusConnection.resume}: whoever takes the frames is behind. */
  pause(): void;
  resume(): void;
}

export interface BusOptions {
  /** Access token; sent in a header, which no log shows. */
  bearer: string;
  /** Called with each frame that is no answer, in order. It must not throw. */
  onFrame: (frame: BusFrame) => void;
  signal?: AbortSignal | undefined;
}

/** WebSocket connections to other instances: over the same guarded agent as every request. */
export interface BusClient {
  /**
   * Connects to the bus of an identity; resolves once the other side has answered a ping, and so took the token.
   * @throws CloudilloError `dns.*`, `network.*`, `tls.*`, `peer.refused` (`details.status`), `peer.error`, `usage.id-tag`
   */
  connect(idTag: string, options: BusOptions): Promise<BusConnection>;
  close(): void;
}

export interface BusClientOptions {
  network: Network;
  /** Until the bus answers, milliseconds. */
  timeout: number;
  /** Between our pings, milliseconds; without a sign of life for two and a half of them the connection is given up. */
  heartbeat?: number;
  userAgent?: string;
}

/** PROTOCOL.md, WebSocket bus. */
const MAX_FRAME = 4 * 1024 * 1024;
const HEARTBEAT = 30_000;
/** How long the other side may take to answer our close. */
const CLOSING = 1_000;
const ERROR_BODY_BYTES = 64 * 1024;
const PATH = '/ws/bus';
const HELLO = 'hello';

/** Close codes of the bus → what they say as an HTTP status. */
const STATUS_BY_CLOSE: Readonly<Record<number, number>> = { 4401: 401, 4403: 403, 4404: 404, 4500: 500 };

export function createBusClient({
  network,
  timeout,
  heartbeat = HEARTBEAT,
  userAgent = 'cloudillo',
}: BusClientOptions): BusClient {
  const resolver = createHostResolver(network);
  const agent = new GuardedAgent(network, resolver);
  return {
    async connect(idTag, { bearer, onFrame, signal }) {
      const { WebSocket } = await import('ws');
      const url = new URL(peerUrl(idTag, PATH));
      const attempt: Attempt = { host: url.hostname, timeout };
      const options: ClientOptions & { closeTimeout: number } = {
        agent,
        headers: { Authorization: `Bearer ${bearer}`, 'User-Agent': userAgent },
        followRedirects: false,
        perMessageDeflate: false,
        maxPayload: MAX_FRAME,
        closeTimeout: CLOSING,
        finishRequest: (request) => watchRequest(request, attempt),
      };
      const socket = new WebSocket(url.href.replace(/^https:/, 'wss:'), options);
      return open(socket, attempt, { onFrame, heartbeat, signal });
    },
    close() {
      agent.destroy();
      resolver.close();
    },
  };
}

/** What is learnt of a connection while it is made. */
interface Attempt {
  host: string;
  timeout: number;
  connection?: Connection;
  /** Why it ended, where that is known better than by the close that follows. */
  error?: CloudilloError;
}

function watchRequest(request: ClientRequest, attempt: Attempt): void {
  request.once('socket', (socket) => {
    const connection = connectionOf(socket);
    if (connection) attempt.connection = connection;
  });
  request.end();
}

interface Use {
  onFrame: (frame: BusFrame) => void;
  heartbeat: number;
  signal: AbortSignal | undefined;
}

/** Says hello, waits for the answer, then passes frames on until the end. */
function open(socket: WebSocket, attempt: Attempt, { onFrame, heartbeat, signal }: Use): Promise<BusConnection> {
  let opened = false;
  let closing = false;
  let lastSign = performance.now();
  const context = () => ({ ...attempt, target: `GET ${PATH}`, connection: attempt.connection, reused: false });
  const fail = (error: CloudilloError) => {
    attempt.error ??= error;
    socket.terminate();
  };
  const close = () => {
    closing = true;
    // `terminate` by itself after a while when the other side doesn't answer the close.
    if (socket.readyState === socket.CONNECTING) fail(abortedError(attempt));
    else socket.close(1000);
  };
  const late = setTimeout(() => fail(timeoutError(context(), attempt.timeout)), attempt.timeout);
  const beat = setInterval(() => {
    // What came meanwhile wasn't looked at: silence proves nothing then.
    if (socket.isPaused) lastSign = performance.now();
    if (performance.now() - lastSign > heartbeat * 2.5) fail(silentError(attempt));
    else if (socket.readyState === socket.OPEN) socket.ping();
  }, heartbeat);
  signal?.addEventListener('abort', close, { once: true });

  return new Promise((resolve, reject) => {
    let end: { resolve: () => void; reject: (error: unknown) => void };
    const ended = new Promise<void>((done, failed) => {
      end = { resolve: done, reject: failed };
    });
    // Who waits for the connection is told there; it may never look at `ended`.
    ended.catch(() => {});

    socket.on('open', () => socket.send(JSON.stringify({ id: HELLO, cmd: 'ping', data: {} })));
    socket.on('ping', () => {
      lastSign = performance.now();
    });
    socket.on('pong', () => {
      lastSign = performance.now();
    });
    socket.on('message', (data, isBinary) => {
      lastSign = performance.now();
      const frame = isBinary ? null : parseFrame(data);
      if (!frame) return;
      if (frame.cmd !== 'ack') onFrame(frame);
      else if (!opened && frame.id === HELLO) {
        opened = true;
        clearTimeout(late);
        resolve({ ended, close, pause: () => socket.pause(), resume: () => socket.resume() });
      }
    });
    socket.on('unexpected-response', (request, response) => {
      void refusal(response, attempt).then((error) => {
        fail(error);
        request.destroy();
        // `ws` says nothing more once somebody listens to this event.
        settle();
      });
    });
    socket.on('error', (error) => {
      attempt.error ??= transportError(error, context());
    });
    socket.once('close', (code, reason) => settle(code, reason.toString()));

    function settle(code = 1006, reason = ''): void {
      clearTimeout(late);
      clearInterval(beat);
      signal?.removeEventListener('abort', close);
      const error = closing ? null : (attempt.error ?? closeError(attempt, code, reason));
      if (error) end.reject(error);
      else end.resolve();
      // Without effect once it was resolved.
      reject(error ?? abortedError(attempt));
    }
    if (signal?.aborted) close();
  });
}

function parseFrame(data: RawData): (BusFrame & { id: unknown }) | null {
  let frame: unknown;
  try {
    frame = JSON.parse(data.toString());
  } catch {
    return null; // PROTOCOL.md: what isn't JSON is ignored, on both sides.
  }
  if (!isJsonObject(frame) || typeof frame['cmd'] !== 'string') return null;
  return { id: frame['id'], cmd: frame['cmd'], data: frame['data'] };
}

/** An HTTP answer instead of the upgrade. */
async function refusal(response: IncomingMessage, { host }: Attempt): Promise<CloudilloError> {
  let text = '';
  try {
    text = (await readStart(response, ERROR_BODY_BYTES)).toString('utf8');
  } catch {
    // The status says more than that the connection broke while its explanation was read.
  }
  const { statusCode: status = 0, headers } = response;
  const retryAfter = parseRetryAfter(headers['retry-after'] ?? null, Date.now());
  return peerError({ host, method: 'GET', path: PATH, status, text, retryAfter, secrets: [] });
}

function closeError({ host }: Attempt, code: number, reason: string): CloudilloError {
  const status = STATUS_BY_CLOSE[code];
  const said = excerpt(reason);
  const details = { host, closeCode: code, ...(said && { reason: said }), ...(status !== undefined && { status }) };
  if (status !== undefined) {
    const server = status >= 500;
    return new CloudilloError(
      server ? 'peer.error' : 'peer.refused',
      `${host} closed the bus with ${code}${said && `: ${said}`}`,
      { stage: 'response', retryable: server, hint: HINTS[status] ?? '', details },
    );
  }
  const words = code === 1006 ? 'the connection was lost' : `it closed with ${code}${said && `: ${said}`}`;
  return new CloudilloError('network.reset', `The bus of ${host} ended: ${words}`, {
    stage: 'response',
    retryable: true,
    hint: 'Try again; if it stays so, see the log of that server.',
    details,
  });
}

const HINTS: Readonly<Record<number, string>> = {
  401: 'It does not accept the access token: is the own profile reachable for it, and the clock right?',
  403: 'The identity that asks may not listen there.',
  404: 'Does it exist there, and is this a Cloudillo server?',
  500: 'The fault is on that server. Try again later, or tell its operator.',
};

function silentError({ host }: Attempt): CloudilloError {
  return new CloudilloError('network.timeout', `The bus of ${host} fell silent: not even a ping was answered`, {
    stage: 'response',
    retryable: true,
    hint: 'Is this machine still online?',
    details: { host },
  });
}

function abortedError({ host }: Attempt): CloudilloError {
  return new CloudilloError('network.aborted', `The connection to ${host} was given up`, { stage: 'request' });
}
