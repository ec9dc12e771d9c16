import type { WebSocket } from 'ws';
import { addressBlocks } from '../http/client-address.ts';
import { type CloseReason, closeSocket } from './close-codes.ts';

/** Every socket of the bus, signed in or not, and where it comes from. */
export interface OpenSockets {
  add(socket: WebSocket, address: string): void;
  /** How many this address has open (IPv6: its /64). */
  count(address: string): number;
  /** Closes all; resolves when every one is gone. */
  closeAll(reason: CloseReason): Promise<void>;
}

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
      // `ws` cuts off by itself whoever doesn't answer the close in time (option `closeTimeout`).
      for (const socket of sockets) closeSocket(socket, reason);
      await Promise.all(gone);
    },
  };
}
