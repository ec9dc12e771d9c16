import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { limitConnections } from '../../../src/server/guard/connection-limit.ts';

/** Connects so many times, and says which connections were greeted, and which ended. */
async function connectTo(trusted: string[], times: number) {
  const logged: string[] = [];
  const server = createServer();
  limitConnections(server, { most: 3, trusted, log: (level, message) => logged.push(`${level} ${message}`) });
  server.on('connection', (socket) => {
    if (!socket.destroyed) socket.write('hello');
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const one = async (): Promise<{ socket: Socket; greeted: boolean }> => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    onTestFinished(() => void socket.destroy());
    const greeted = await Promise.race([
      once(socket, 'data').then(() => true),
      once(socket, 'close').then(() => false),
    ]);
    return { socket, greeted };
  };
  const sockets: { socket: Socket; greeted: boolean }[] = [];
  for (let count = 0; count < times; count++) sockets.push(await one());
  return { sockets, one, logged, server };
}

it('ends connections of an address that has enough, and takes new ones when others ended', async () => {
  const { sockets, one, logged, server } = await connectTo([], 5);
  expect(sockets.map(({ greeted }) => greeted)).toEqual([true, true, true, false, false]);
  expect(logged).toHaveLength(1);
  sockets[0]?.socket.destroy();
  const left = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
  while ((await left()) > 2) await new Promise(setImmediate);
  expect((await one()).greeted).toBe(true);
  expect((await one()).greeted).toBe(false);
});

it.each(['127.0.0.1', '127.0.0.0/8', '::ffff:127.0.0.1'])(
  'does not count what comes from a trusted proxy: %s',
  async (proxy) => {
    const { sockets } = await connectTo([proxy], 6);
    expect(sockets.every(({ greeted }) => greeted)).toBe(true);
  },
);
