import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { CloudilloError } from '../../protocol/errors.ts';

/** Below what kernels hand out by themselves: from 32768 on Linux, from 49152 elsewhere. */
const [FIRST, LAST] = [20_000, 32_767];
const TRIES = 50;

/**
 * A TCP port at `address` that nothing listens on: `wanted` when it is free, else any.
 *
 * @throws CloudilloError `network.listen` when no port can be listened on
 */
export async function freePort(address: string, wanted: number): Promise<number> {
  let cause: unknown;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const port = (attempt === 0 && wanted) || anyPort();
    try {
      await tryPort(address, port);
      return port;
    } catch (error) {
      // Taken, or not ours to take (below 1024): either way another one is needed.
      cause = error;
    }
  }
  throw new CloudilloError('network.listen', `No port can be listened on at ${address}`, { stage: 'server', cause });
}

/**
 * A port out of those that no kernel gives to whoever asks for none in particular: one that its server lets go for a moment,
 * because it is killed and started again, is given to nobody else meanwhile.
 */
export function anyPort(): number {
  return randomInt(FIRST, LAST + 1);
}

async function tryPort(address: string, port: number): Promise<void> {
  const server = createServer();
  server.listen({ host: address, port, exclusive: true });
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
