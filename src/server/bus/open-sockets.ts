/** All sockets of the bus, counted by address. */
import type { WebSocket } from 'ws';
import { addressBlocks } from '../http/client-address.ts';
import { type CloseReason, closeSocket } from './close-codes.ts';

/** Every socket of the bus, whether it signed in or not. */
export interface OpenSockets {
  add(socket: WebSocket, address: string): void;
  /** How many sockets the address has open (IPv6: its /64). */
  count(address: string): number;
  /** Closes all. Resolves when every one is closed. */
  closeAll(reason: CloseReason): Promise<void>;
}

/** Makes an empty set of sockets. */
export function createOpenSockets(): OpenSockets {
  const sockets = new Set<WebSocket>();
  const perAddress = new Map<string, number>();
  return {
    add(socket, address) {
      const { host } = addressBlocks(address);
      sockets.add(socket);
      perAddress.set(host, (perAddress.get(host) ?? 0) + 1);
      socket.once('close', () => {
        sockets.delete(socket);
        const left = (perAddress.get(host) ?? 1) - 1;
        if (left > 0) perAddress.set(host, left);
        else perAddress.delete(host);
      });
    },
    count: (address) => perAddress.get(addressBlocks(address).host) ?? 0,
    async closeAll(reason) {
      const gone = [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      // `ws` ends a socket by itself when its client doesn't answer the close in time (option `closeTimeout`).
      for (const socket of sockets) closeSocket(socket, reason);
      await Promise.all(gone);
    },
  };
}
