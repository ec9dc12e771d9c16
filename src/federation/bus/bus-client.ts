/** WebSocket connections to the buses of other instances (specification: WebSocket bus). */
import type { ClientOptions, RawData, WebSocket } from 'ws';
import type { CloudilloError } from '../../protocol/errors.ts';
import { parseJsonObject } from '../../protocol/json-object.ts';
import { NOBODY, type Observer } from '../../protocol/observer.ts';
import { GuardedAgent } from '../http/agents.ts';
import type { Connection } from '../http/connection.ts';
import { createHostResolver } from '../http/host-resolver.ts';
import type { Network } from '../http/network.ts';
import { timeoutError, transportError } from '../http/transport-error.ts';
import { peerUrl } from '../peer/peer-url.ts';
import { BUS_PATH, busAborted, busClosed, busRefusal, busSilent } from './bus-errors.ts';
import { observedBus, tellUpgrade, traceHeaders, watchHello, watchUpgrade } from './bus-watch.ts';

/** A frame that the peer sends unasked. */
export interface BusFrame {
  cmd: string;
  data: unknown;
}

/** An open bus. */
export interface BusConnection {
  /**
   * Resolves when the connection was closed from here.
   * @throws CloudilloError `network.*` (lost), `peer.refused` (`details.status` 401: the token expired; 403, 404), `peer.error`
   */
  ended: Promise<void>;
  close(): void;
  /** Stops reading until {@link BusConnection.resume}. Call it when frames arrive faster than they are handled. */
  pause(): void;
  resume(): void;
}

/** How to connect to a bus. */
export interface BusOptions {
  /** The access token. It goes into a header, which logs don't show. */
  bearer: string;
  /** Called with each frame that is not an answer, in order. It must not throw. */
  onFrame: (frame: BusFrame) => void;
  signal?: AbortSignal | undefined;
}

/** Opens WebSocket connections to other instances, through the same guarded agent as every request. */
export interface BusClient {
  /**
   * Connects to the bus of an identity. Resolves once the peer has answered a ping, which proves that it accepted the token.
   * @throws CloudilloError `dns.*`, `network.*`, `tls.*`, `peer.refused` (`details.status`), `peer.error`, `usage.id-tag`
   */
  connect(idTag: string, options: BusOptions): Promise<BusConnection>;
  close(): void;
}

/** The parts and limits of a {@link BusClient}. */
export interface BusClientOptions {
  network: Network;
  /** How long the peer may take to answer, milliseconds. */
  timeout: number;
  /** The time between two pings, milliseconds. A connection that is silent for two and a half of them is closed. */
  heartbeat?: number;
  userAgent?: string;
  /** Gets a span for each connection, until it is open. */
  observer?: Observer;
}

/**
 * The largest frame that is accepted, in bytes, and the time between two pings, in milliseconds (specification: WebSocket bus).
 */
const MAX_FRAME = 4 * 1024 * 1024;
const HEARTBEAT = 30_000;
/** How long the peer may take to answer a close, milliseconds. */
const CLOSING = 1_000;
const HELLO = 'hello';

/** Makes a client. Each call of `connect` opens one connection. */
export function createBusClient({
  network,
  timeout,
  heartbeat = HEARTBEAT,
  userAgent = 'cloudillo',
  observer = NOBODY,
}: BusClientOptions): BusClient {
  const resolver = createHostResolver(network);
  const agent = new GuardedAgent(network, resolver);
  return {
    async connect(idTag, { bearer, onFrame, signal }) {
      const { WebSocket } = await import('ws');
      const url = new URL(peerUrl(idTag, BUS_PATH));
      return observedBus(observer, url, (span) => {
        const attempt: Attempt = { host: url.hostname, timeout, connecting: new AbortController() };
        const headers = { Authorization: `Bearer ${bearer}`, 'User-Agent': userAgent };
        tellUpgrade(span, url, headers, network);
        const options: ClientOptions & { closeTimeout: number } = {
          agent: agent.for({
            onConnection: (connection) => {
              attempt.connection = connection;
            },
            onRequest: (request) => watchUpgrade(span, request),
            signal: attempt.connecting.signal,
            span,
          }),
          headers: { ...headers, ...traceHeaders(span) },
          followRedirects: false,
          perMessageDeflate: false,
          maxPayload: MAX_FRAME,
          closeTimeout: CLOSING,
        };
        const socket = new WebSocket(url.href.replace(/^https:/, 'wss:'), options);
        watchHello(span, socket);
        return open(socket, attempt, { onFrame, heartbeat, signal });
      });
    },
    close() {
      agent.destroy();
      resolver.close();
    },
  };
}

/** The state of a connection that is being opened. */
interface Attempt {
  host: string;
  timeout: number;
  /** Ends the attempts to connect. */
  connecting: AbortController;
  connection?: Connection;
  /** The reason of the end, where it is more exact than the close code that follows. */
  error?: CloudilloError;
}

interface Use {
  onFrame: (frame: BusFrame) => void;
  heartbeat: number;
  signal: AbortSignal | undefined;
}

/** Sends a ping, waits for the answer, then hands on frames until the connection ends. */
function open(socket: WebSocket, attempt: Attempt, { onFrame, heartbeat, signal }: Use): Promise<BusConnection> {
  let opened = false;
  let closing = false;
  const context = () => ({ ...attempt, target: `GET ${BUS_PATH}`, connection: attempt.connection, reused: false });
  const fail = (error: CloudilloError) => {
    attempt.error ??= error;
    attempt.connecting.abort();
    socket.terminate();
  };
  const close = () => {
    closing = true;
    // `ws` ends the socket by itself when the peer doesn't answer the close in time.
    if (socket.readyState === socket.CONNECTING) fail(busAborted(attempt.host));
    else socket.close(1000);
  };
  const late = setTimeout(() => fail(timeoutError(context(), attempt.timeout)), attempt.timeout);
  const unwatch = watchLife(socket, heartbeat, () => fail(busSilent(attempt.host)));
  signal?.addEventListener('abort', close, { once: true });

  return new Promise((resolve, reject) => {
    const { ended, end } = untilEnd();
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
        // `ws` emits nothing else once this event has a listener.
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
      end(error);
      // This has no effect once the promise was resolved.
      reject(error ?? busAborted(attempt.host));
    }
    if (signal?.aborted) close();
  });
}

/** A promise, and what settles it. A failed connection rejects `open`, so nobody may ever wait for this one. */
function untilEnd(): { ended: Promise<void>; end: (error: CloudilloError | null) => void } {
  let end = (_error: CloudilloError | null): void => {};
  const ended = new Promise<void>((resolve, reject) => {
    end = (error) => (error ? reject(error) : resolve());
  });
  ended.catch(() => {});
  return { ended, end };
}

/** Sends pings. Calls `onSilent` when nothing has arrived for two and a half times as long. @returns stop */
function watchLife(socket: WebSocket, heartbeat: number, onSilent: () => void): () => void {
  let lastSign = performance.now();
  const sign = () => {
    lastSign = performance.now();
  };
  socket.on('ping', sign).on('pong', sign).on('message', sign);
  const beat = setInterval(() => {
    // A paused socket doesn't read. Its silence proves nothing.
    if (socket.isPaused) sign();
    if (performance.now() - lastSign > heartbeat * 2.5) onSilent();
    else if (socket.readyState === socket.OPEN) socket.ping();
  }, heartbeat);
  return () => clearInterval(beat);
}

function parseFrame(data: RawData): (BusFrame & { id: unknown }) | null {
  const frame = parseJsonObject(data.toString());
  // Frames that aren't JSON are ignored on both sides (specification: WebSocket bus).
  if (typeof frame?.['cmd'] !== 'string') return null;
  return { id: frame['id'], cmd: frame['cmd'], data: frame['data'] };
}
