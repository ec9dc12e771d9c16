/** Finds free ports. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { CloudilloError } from '../../protocol/errors.ts';

/** Ports below those that kernels choose by themselves: from 32768 on Linux, from 49152 elsewhere. */
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
      // The port is taken, or this user may not use it (below 1024). Another one is needed in both cases.
      cause = error;
    }
  }
  throw new CloudilloError('network.listen', `No port can be listened on at ${address}`, { stage: 'server', cause });
}

/** A random port that no kernel chooses by itself. A server that is killed and started again then finds its port free. */
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
