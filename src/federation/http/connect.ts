/** The one place where TCP and TLS connections to other machines are opened. */
import { setMaxListeners } from 'node:events';
import { createConnection, isIP, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type AddressAttempt, mostTelling } from './address-attempt.ts';
import type { Endpoint } from './network.ts';
import { tlsFacts } from './tls-facts.ts';

/** Connection Attempt Delay, milliseconds (RFC 8305, section 5: 250 recommended, 100 to 2000 allowed). */
export const ATTEMPT_DELAY_MS = 250;
/** Before the first probe of an idle connection. */
const KEEP_ALIVE_MS = 1_000;

/** How the attempts are made. */
export interface ConnectOptions<S extends Socket> {
  /** Each of them ends all attempts. Nothing else limits their time, beyond what the operating system allows. */
  signals?: readonly AbortSignal[];
  /** Begins the TLS handshake on an open connection. The handshake is part of the attempt. */
  secure?: (socket: Socket) => S & TLSSocket;
  /** Gets each attempt as it begins. Whoever keeps it can tell of them when this call throws. */
  attempts?: AddressAttempt[];
}

/**
 * Connects to whichever address answers first (RFC 8305, Happy Eyeballs). The next attempt begins when the last one failed or made no
 * progress for {@link ATTEMPT_DELAY_MS}; each goes on until one of them wins, and then the others are destroyed.
 *
 * The TLS handshake is part of an attempt: what takes connections in front of a dead server would win otherwise.
 *
 * @param endpoints at least one, by preference; their families are interleaved. The caller has made sure that they may be connected to.
 * @throws the error of the most telling attempt, as Node raised it; the reason of the signal
 */
export function connect<S extends Socket = Socket>(
  endpoints: readonly Endpoint[],
  { signals = [], secure, attempts = [] }: ConnectOptions<S> = {},
): Promise<S> {
  return new Promise((resolve, reject) => {
    const waiting = interleaved(endpoints);
    const running = new Map<AddressAttempt, Socket>();
    let next: NodeJS.Timeout | undefined;
    const stop = (): void => {
      clearTimeout(next);
      for (const signal of signals) signal.removeEventListener('abort', giveUp);
      for (const [attempt, socket] of running) {
        attempt.endedAt ??= performance.now();
        socket.destroy();
      }
      running.clear();
    };
    const giveUp = (): void => {
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
      tryAddress(attempt, secure, {
        using: (socket) => running.set(attempt, socket),
        progress: wait,
        won: (socket) => {
          running.delete(attempt);
          stop();
          resolve(socket as S);
        },
        failed: () => {
          running.delete(attempt);
          if (waiting.length > 0) return begin();
          if (running.size > 0) return;
          stop();
          reject(mostTelling(attempts)?.error);
        },
      });
    };
    if (signals.some(({ aborted }) => aborted)) return giveUp();
    for (const signal of signals) {
      // One signal for all connections of an agent is no leak: the listeners go with the attempts.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', giveUp, { once: true });
    }
    begin();
  });
}

interface Events {
  /** The socket that the attempt lives in, now. */
  using(socket: Socket): void;
  /** The address answered, and the handshake goes on. */
  progress(): void;
  won(socket: Socket): void;
  failed(): void;
}

function tryAddress(
  attempt: AddressAttempt,
  secure: ((socket: Socket) => TLSSocket) | undefined,
  events: Events,
): void {
  const { address, port } = attempt;
  const fail = (error: unknown): void => {
    if (attempt.endedAt !== undefined) return;
    attempt.endedAt = performance.now();
    attempt.error = error;
    events.failed();
  };
  const win = (socket: Socket): void => {
    if (attempt.endedAt !== undefined) return;
    attempt.endedAt = performance.now();
    attempt.won = true;
    // The new owner hears of what happens from here on.
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
    const tls = secure(socket);
    events.using(tls);
    tls.on('error', fail).on('close', closed);
    // 'secure' comes before Node judges the certificate and destroys the socket: the one moment at which a refused
    // certificate can be read. It is only for the error's hint, the judgement stays Node's.
    tls.prependOnceListener('secure', () => {
      const facts = tlsFacts(tls);
      if (facts) attempt.tls = facts;
    });
    tls.once('secureConnect', () => {
      attempt.securedAt = performance.now();
      win(tls);
    });
  });
}

/** The order of RFC 8305, section 4: the families take turns, beginning with that of the first address. */
function interleaved(endpoints: readonly Endpoint[]): Endpoint[] {
  const family = isIP(endpoints[0]?.address ?? '');
  const first = endpoints.filter(({ address }) => isIP(address) === family);
  const second = endpoints.filter(({ address }) => isIP(address) !== family);
  const turns = Math.max(first.length, second.length);
  return Array.from({ length: turns }, (_, turn) => [first[turn], second[turn]]).flatMap((pair) =>
    pair.filter((endpoint) => endpoint !== undefined),
  );
}
