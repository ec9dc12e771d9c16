/** What is known of a connection, from the lookup of its name to the end of the handshake. */
import type { Socket } from 'node:net';
import {
  type AddressAttempt,
  type AttemptReport,
  attemptReport,
  attemptsText,
  mostTelling,
} from './address-attempt.ts';

/** How far a connection got, with the times (`performance.now()`) at which it got there. */
export interface Connection {
  startedAt: number;
  resolvedAt?: number;
  /** The addresses that were tried, in the order in which their attempts began. */
  attempts: AddressAttempt[];
}

/** Where a socket holds what is known of its connection. */
const CONNECTION = Symbol('connection');

type WatchedSocket = Socket & { [CONNECTION]?: Connection };

/** A connection that begins now. */
export function newConnection(): Connection {
  return { startedAt: performance.now(), attempts: [] };
}

/** Keeps with a socket how it came to be. */
export function keepConnection(socket: Socket, connection: Connection): void {
  (socket as WatchedSocket)[CONNECTION] = connection;
}

/** What {@link keepConnection} kept. */
export function connectionOf(socket: Socket | null | undefined): Connection | undefined {
  return (socket as WatchedSocket | null | undefined)?.[CONNECTION];
}

/** The attempt that won, else the one that tells most of a failure. */
export function leadingAttempt(connection: Connection | undefined): AddressAttempt | undefined {
  return connection?.attempts.find(({ won }) => won) ?? mostTelling(connection?.attempts ?? []);
}

/** For an error's `details`: the address that it is about, and each address that was tried where that says more. */
export function attemptFacts(connection: Connection | undefined): { address?: string; attempts?: AttemptReport[] } {
  const leading = leadingAttempt(connection);
  if (!connection || !leading) return {};
  const { attempts } = connection;
  return {
    address: leading.address,
    ...((attempts.length > 1 || !leading.won) && { attempts: attempts.map(attemptReport) }),
  };
}

/** The same for a message, in brackets; empty when a connection was made. */
export function attemptsNote(connection: Connection | undefined): string {
  const { attempts = [] } = connection ?? {};
  if (attempts.length === 0 || attempts.some(({ won }) => won)) return '';
  return attempts.length === 1 ? ` (${attempts[0]?.address})` : ` (${attemptsText(attempts)})`;
}
