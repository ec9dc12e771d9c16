import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type TlsFacts, tlsFacts } from './tls-facts.ts';

/** How far a connection got, with the times (`performance.now()`) at which it got there. */
export interface Connection {
  startedAt: number;
  resolvedAt?: number;
  connectedAt?: number;
  securedAt?: number;
  /** Shown by the peer; present also when the certificate was refused. */
  tls?: TlsFacts;
  remoteAddress?: string;
}

/** Where a socket holds what is known of its connection. */
const CONNECTION = Symbol('connection');

type WatchedSocket = Socket & { [CONNECTION]?: Connection };

/** Watches a new TLS socket. To be called before it has had a chance to emit anything. */
export function watchConnection(socket: TLSSocket): Connection {
  const connection: Connection = { startedAt: performance.now() };
  (socket as WatchedSocket)[CONNECTION] = connection;
  socket.once('connect', () => {
    connection.connectedAt = performance.now();
    connection.resolvedAt ??= connection.connectedAt;
    if (socket.remoteAddress) connection.remoteAddress = socket.remoteAddress;
  });
  // 'secure' comes before Node judges the certificate and destroys the socket: the one moment at which a refused
  // certificate can be read. It is only for the error's hint, the judgement stays Node's.
  socket.prependOnceListener('secure', () => {
    const facts = tlsFacts(socket);
    if (facts) connection.tls = facts;
  });
  socket.once('secureConnect', () => {
    connection.securedAt = performance.now();
    const facts = connection.tls ?? tlsFacts(socket);
    if (facts) connection.tls = facts;
  });
  return connection;
}

/** What is known of a socket that {@link watchConnection} saw. */
export function connectionOf(socket: Socket | null | undefined): Connection | undefined {
  return (socket as WatchedSocket | null | undefined)?.[CONNECTION];
}
