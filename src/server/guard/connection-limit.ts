import type { Server, Socket } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Log } from '../../services/runtime/deps.ts';
import { addressBlocks } from '../http/client-address.ts';

export interface ConnectionLimitOptions {
  /** Open at once, of one address (IPv6: of a /64). */
  most: number;
  /** Addresses and networks of proxies: all clients come from theirs. */
  trusted: readonly string[];
  log: Log;
}

/** Ends a connection at once, before TLS and HTTP, when its address has too many. */
export function limitConnections(server: Server, { most, trusted, log }: ConnectionLimitOptions): void {
  const open = new Map<string, number>();
  const networks = trusted.map((each) => ipaddr.parseCIDR(each.includes('/') ? each : single(each)));
  server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined || isIn(networks, remoteAddress)) return;
    const { host } = addressBlocks(remoteAddress);
    const count = open.get(host) ?? 0;
    if (count >= most) {
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

function single(address: string): string {
  const plain = ipaddr.process(address);
  return `${plain.toString()}/${plain.kind() === 'ipv4' ? 32 : 128}`;
}

function isIn(networks: readonly (readonly [ipaddr.IPv4 | ipaddr.IPv6, number])[], address: string): boolean {
  const plain = ipaddr.process(address);
  return networks.some(([network, bits]) => network.kind() === plain.kind() && plain.match(network, bits));
}
