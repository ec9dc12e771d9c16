import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/**
 * A TCP port at `address` that nothing listens on: `wanted` when it is free, else one that the kernel picks.
 */
export async function freePort(address: string, wanted: number): Promise<number> {
  return (wanted !== 0 && (await tryPort(address, wanted))) || (await tryPort(address, 0)) || 0;
}

async function tryPort(address: string, port: number): Promise<number | null> {
  const server = createServer();
  try {
    server.listen({ host: address, port, exclusive: true });
    await once(server, 'listening');
  } catch {
    // Taken, or not ours to take (below 1024): either way another one is needed.
    return null;
  }
  const chosen = (server.address() as AddressInfo).port;
  server.close();
  await once(server, 'close');
  return chosen;
}
