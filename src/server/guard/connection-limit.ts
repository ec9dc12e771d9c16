/** Limits the open connections of one address. */
import type { Server, Socket } from 'node:net';
import type { Log } from '../../services/runtime/deps.ts';
import { addressBlocks } from '../http/client-address.ts';
import { trustedProxies } from '../http/trusted-proxies.ts';

/** The limit, and the addresses that it doesn't hold for. */
export interface ConnectionLimitOptions {
  /** The most open connections of one address (IPv6: of a /64). */
  most: number;
  /** Addresses and networks of proxies, from which all clients come. */
  trusted: readonly string[];
  log: Log;
  /** Called with each connection that is closed for it. */
  onClosed?: (socket: Socket) => void;
}

/** Closes a connection before TLS and HTTP when its address has too many. */
export function limitConnections(server: Server, { most, trusted, log, onClosed }: ConnectionLimitOptions): void {
  const open = new Map<string, number>();
  const isProxy = trustedProxies(trusted);
  server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined || isProxy(remoteAddress)) return;
    const { host } = addressBlocks(remoteAddress);
    const count = open.get(host) ?? 0;
    if (count >= most) {
      onClosed?.(socket);
      socket.destroy();
      return;
    }
    open.set(host, count + 1);
    if (count + 1 === most) log('warn', 'an address has as many connections as it may have', { address: host, most });
    socket.once('close', () => {
      const left = (open.get(host) ?? 1) - 1;
      if (left > 0) open.set(host, left);
      else open.delete(host);
    });
  });
}
