import type { ClientRequest } from 'node:http';
import type { ClientOptions, RawData, WebSocket } from 'ws';
import type { CloudilloError } from '../../protocol/errors.ts';
import { isJsonObject } from '../../protocol/json-object.ts';
import { GuardedAgent } from '../http/agents.ts';
import { type Connection, connectionOf } from '../http/connection.ts';
import type { Network } from '../http/network.ts';
import { createHostResolver } from '../http/resolver.ts';
import { timeoutError, transportError } from '../http/transport-error.ts';
import { peerUrl } from '../peer/peer-url.ts';
import { BUS_PATH, busAborted, busClosed, busRefusal, busSilent } from './bus-errors.ts';

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

/** Bytes, and milliseconds between two pings (specification: WebSocket bus). */
const MAX_FRAME = 4 * 1024 * 1024;
const HEARTBEAT = 30_000;
/** How long the other side may take to answer our close. */
const CLOSING = 1_000;
const HELLO = 'hello';

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
      const url = new URL(peerUrl(idTag, BUS_PATH));
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
  const context = () => ({ ...attempt, target: `GET ${BUS_PATH}`, connection: attempt.connection, reused: false });
  const fail = (error: CloudilloError) => {
    attempt.error ??= error;
    socket.terminate();
  };
  const close = () => {
    closing = true;
    // `terminate` by itself after a while when the other side doesn't answer the close.
    if (socket.readyState === socket.CONNECTING) fail(busAborted(attempt.host));
    else socket.close(1000);
  };
  const late = setTimeout(() => fail(timeoutError(context(), attempt.timeout)), attempt.timeout);
  const unwatch = watchLife(socket, heartbeat, () => fail(busSilent(attempt.host)));
  signal?.addEventListener('abort', close, { once: true });

  return new Promise((resolve, reject) => {
    let end: { resolve: () => void; reject: (error: unknown) => void };
    const ended = new Promise<void>((done, failed) => {
      end = { resolve: done, reject: failed };
    });
    // Who waits for the connection is told there; it may never look at `ended`.
    ended.catch(() => {});

    socket.on('open', () => socket.send(JSON.stringify({ id: HELLO, cmd: 'ping', data: {} })));
    socket.on('message', (data, isBinary) => {
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
      void busRefusal(response, attempt.host).then((error) => {
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
      unwatch();
      signal?.removeEventListener('abort', close);
      const error = closing ? null : (attempt.error ?? busClosed(attempt.host, code, reason));
      if (error) end.reject(error);
      else end.resolve();
      // Without effect once it was resolved.
      reject(error ?? busAborted(attempt.host));
    }
    if (signal?.aborted) close();
  });
}

/** Pings, and tells when nothing has come for two and a half times as long. @returns stop */
function watchLife(socket: WebSocket, heartbeat: number, onSilent: () => void): () => void {
  let lastSign = performance.now();
  const sign = () => {
    lastSign = performance.now();
  };
  socket.on('ping', sign).on('pong', sign).on('message', sign);
  const beat = setInterval(() => {
    // What came meanwhile wasn't looked at: silence proves nothing then.
    if (socket.isPaused) sign();
    if (performance.now() - lastSign > heartbeat * 2.5) onSilent();
    else if (socket.readyState === socket.OPEN) socket.ping();
  }, heartbeat);
  return () => clearInterval(beat);
}

function parseFrame(data: RawData): (BusFrame & { id: unknown }) | null {
  let frame: unknown;
  try {
    frame = JSON.parse(data.toString());
  } catch {
    return null; // What isn't JSON is ignored, on both sides (specification: WebSocket bus).
  }
  if (!isJsonObject(frame) || typeof frame['cmd'] !== 'string') return null;
  return { id: frame['id'], cmd: frame['cmd'], data: frame['data'] };
}
