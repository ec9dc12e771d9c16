/** Knows the connections that have asked for nothing yet. Node doesn't count them as idle, and a server that stops would wait for them. */
import type { Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** Whether the TLS handshake of a connection isn't done. Nothing can be written to it then. */
export function isShakingHands(socket: Socket): boolean {
  return (socket as Partial<TLSSocket & { secureConnecting: boolean }>).secureConnecting === true;
}

/**
 * Follows the new connections of a server.
 * @returns ends those whose TLS handshake isn't done and, without TLS, those on which nothing has come
 */
export function followNewConnections(server: Server, { tls }: { tls: boolean }): () => void {
  const open = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket);
    open.set(name, socket);
    socket.once('close', () => open.get(name) === socket && open.delete(name));
  });
  server.on('secureConnection', (socket: TLSSocket) => open.delete(nameOf(socket)));
  return () => {
    for (const socket of open.values()) if (tls || socket.bytesRead === 0) socket.destroy();
  };
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
