/** The facts of a connection, from the lookup of its name to the end of the handshake. */
import type { Socket } from 'node:net';
import {
  type AddressAttempt,
  type AttemptReport,
  attemptReport,
  attemptsText,
  mostTelling,
} from './address-attempt.ts';

/** A connection and its progress. Times are those of `performance.now()`, milliseconds. */
export interface Connection {
  startedAt: number;
  resolvedAt?: number;
  /** The addresses that were tried, in the order in which their attempts began. */
  attempts: AddressAttempt[];
}

/** The symbol under which a socket holds the facts of its connection. */
const CONNECTION = Symbol('connection');

type WatchedSocket = Socket & { [CONNECTION]?: Connection };

/** The facts of a connection that begins now. */
export function newConnection(): Connection {
  return { startedAt: performance.now(), attempts: [] };
}

/** Stores the facts of its connection with a socket. */
export function keepConnection(socket: Socket, connection: Connection): void {
  (socket as WatchedSocket)[CONNECTION] = connection;
}

/** The facts from {@link keepConnection}. */
export function connectionOf(socket: Socket | null | undefined): Connection | undefined {
  return (socket as WatchedSocket | null | undefined)?.[CONNECTION];
}

/** The successful attempt; without one, the failed attempt whose error tells most. */
export function leadingAttempt(connection: Connection | undefined): AddressAttempt | undefined {
  return connection?.attempts.find(({ won }) => won) ?? mostTelling(connection?.attempts ?? []);
}

/** The `details` of an error: the address, and all attempts when there were several. */
export function attemptFacts(connection: Connection | undefined): { address?: string; attempts?: AttemptReport[] } {
  const leading = leadingAttempt(connection);
  if (!connection || !leading) return {};
  const { attempts } = connection;
  return {
    address: leading.address,
    ...((attempts.length > 1 || !leading.won) && { attempts: attempts.map(attemptReport) }),
  };
}

/** The failed attempts for an error message, in brackets; empty when one succeeded. */
export function attemptsNote(connection: Connection | undefined): string {
  const { attempts = [] } = connection ?? {};
  if (attempts.length === 0 || attempts.some(({ won }) => won)) return '';
  return attempts.length === 1 ? ` (${attempts[0]?.address})` : ` (${attemptsText(attempts)})`;
}
