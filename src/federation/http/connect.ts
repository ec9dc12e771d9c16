/** Opens TCP and TLS connections to other machines. */
import { setMaxListeners } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Span } from '../../protocol/observer.ts';
import { type AddressAttempt, mostTelling, untried } from './address-attempt.ts';
import { interleaved } from './address-order.ts';
import { type ConnectWatch, watchConnect } from './connect-watch.ts';
import type { Endpoint } from './network.ts';
import { tlsFacts } from './tls-facts.ts';

/** The Connection Attempt Delay, milliseconds (RFC 8305, section 5: 250 recommended, 100 to 2000 allowed). */
const ATTEMPT_DELAY_MS = 250;
/** The idle time before the first keep-alive probe, milliseconds. */
const KEEP_ALIVE_MS = 1_000;

/** The options of a connection. */
export interface ConnectOptions<S extends Socket> {
  /** Each of them ends all attempts. Without them only the operating system limits their time. */
  signals?: readonly AbortSignal[];
  /** Begins the TLS handshake on an open connection. The handshake is part of the attempt. */
  secure?: (socket: Socket) => S & TLSSocket;
  /** Endpoints that become known later (RFC 8305, section 3). The attempts fail only when there are none. It never rejects. */
  later?: Promise<readonly Endpoint[]> | null;
  /** Receives each attempt when it begins, so that the caller can report them after an error. */
  attempts?: AddressAttempt[];
  /** Gets parts for each attempt: `connect`, and `tls` for its handshake. */
  span?: Span | null;
}

/**
 * Connects to the address that answers first (RFC 8305, Happy Eyeballs). The next attempt begins when the last one has failed, or
 * has made no progress for {@link ATTEMPT_DELAY_MS}. The first success ends the others.
 * The TLS handshake is a part of the attempt. Otherwise a proxy that accepts connections for a dead server would win.
 * @param endpoints at least one, by preference; their families are interleaved. The caller has checked that they are allowed
 * @throws the error of the most telling attempt, as Node raised it; the reason of the signal
 */
export function connect<S extends Socket = Socket>(
  endpoints: readonly Endpoint[],
  { signals = [], secure, attempts = [], later = null, span = null }: ConnectOptions<S> = {},
): Promise<S> {
  return new Promise((resolve, reject) => {
    let waiting = interleaved(endpoints);
    let [isOver, areMoreToCome] = [false, later !== null];
    const running = new Map<AddressAttempt, { socket: Socket; watch: ConnectWatch | null }>();
    let next: NodeJS.Timeout | undefined;
    const stop = (): void => {
      isOver = true;
      clearTimeout(next);
      for (const signal of signals) signal.removeEventListener('abort', giveUp);
      for (const [attempt, { socket, watch }] of running) {
        attempt.endedAt ??= performance.now();
        watch?.givenUp();
        socket.destroy();
      }
      running.clear();
    };
    const giveUp = (): void => {
      attempts.push(...waiting.map(untried));
      stop();
      reject(signals.find(({ aborted }) => aborted)?.reason);
    };
    const wait = (): void => {
      clearTimeout(next);
      if (waiting.length > 0) next = setTimeout(begin, ATTEMPT_DELAY_MS);
    };
    const begin = (): void => {
      const endpoint = waiting.shift();
      if (!endpoint) return;
      const attempt: AddressAttempt = { ...endpoint, startedAt: performance.now() };
      attempts.push(attempt);
      wait();
      const watch = watchConnect(span, attempt);
      tryAddress(attempt, secure, watch, {
        using: (socket) => running.set(attempt, { socket, watch }),
        progress: wait,
        won: (socket) => {
          running.delete(attempt);
          stop();
          resolve(socket as S);
        },
        failed: () => {
          running.delete(attempt);
          goOn();
        },
      });
    };
    const goOn = (): void => {
      if (waiting.length > 0) begin();
      else if (running.size === 0 && !areMoreToCome) {
        stop();
        reject(mostTelling(attempts)?.error);
      }
    };
    later?.then((found) => {
      areMoreToCome = false;
      if (isOver) return;
      waiting = interleaved([...found, ...waiting]);
      if (running.size === 0) goOn();
      else wait();
    });
    if (signals.some(({ aborted }) => aborted)) return giveUp();
    onAbort(signals, giveUp);
    begin();
  });
}

function onAbort(signals: readonly AbortSignal[], giveUp: () => void): void {
  for (const signal of signals) {
    // All connections of an agent share one signal. This isn't a leak: the listeners are removed with the attempts.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', giveUp, { once: true });
  }
}

interface Events {
  /** Sets the present socket of the attempt. */
  using(socket: Socket): void;
  /** The address has answered, and the handshake goes on. */
  progress(): void;
  won(socket: Socket): void;
  failed(): void;
}

function tryAddress(
  attempt: AddressAttempt,
  secure: ((socket: Socket) => TLSSocket) | undefined,
  watch: ConnectWatch | null,
  events: Events,
): void {
  const { address, port } = attempt;
  const fail = (error: unknown): void => {
    if (attempt.endedAt !== undefined) return;
    attempt.endedAt = performance.now();
    attempt.error = error;
    watch?.failed(error);
    events.failed();
  };
  const win = (socket: Socket): void => {
    if (attempt.endedAt !== undefined) return;
    attempt.endedAt = performance.now();
    attempt.won = true;
    watch?.won();
    // From here on the new owner gets the errors.
    socket.off('error', fail);
    socket.off('close', closed);
    events.won(socket);
  };
  const closed = (): void => fail(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' }));
  const socket = createConnection({
    host: address,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
  });
  events.using(socket);
  socket.on('error', fail).on('close', closed);
  socket.once('connect', () => {
    attempt.connectedAt = performance.now();
    if (!secure) return win(socket);
    events.progress();
    watch?.connected();
    const tls = secure(socket);
    events.using(tls);
    tls.on('error', fail).on('close', closed);
    // 'secure' is emitted before Node verifies the certificate and destroys the socket: only then a refused certificate can be
    // read. It is for the error's hint; Node decides.
    tls.prependOnceListener('secure', () => {
      const facts = tlsFacts(tls);
      if (facts) {
        attempt.tls = facts;
        watch?.certificate(facts);
      }
    });
    tls.once('secureConnect', () => {
      attempt.securedAt = performance.now();
      win(tls);
    });
  });
}
