import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { keepReserve, mostConnections } from '../../../src/server/guard/connection-reserve.ts';

async function listening(): Promise<Server> {
  const server = createServer();
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function clocks() {
  let now = 0;
  const pass = (ms: number) => {
    now += ms;
  };
  return { clock: { wall: () => now, monotonic: () => now }, pass };
}

it.each([
  [20, 8],
  [60, 28],
  [1024, 768],
  [20_000, 15_000],
])('of %i descriptors %i are for connections', (limit, most) => {
  expect(mostConnections(limit)).toBe(most);
});

it('drops connections beyond the reserve, counts them, logs once a minute, and takes others once there is room', async () => {
  const server = await listening();
  const { clock, pass } = clocks();
  const logged: string[] = [];
  const dropped = keepReserve(server, { limit: 20, clock, log: (level) => logged.push(level) });
  const { port } = server.address() as { port: number };
  const sockets: Socket[] = [];
  const open = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    return socket;
  };
  for (let n = 0; n < 8; n += 1) sockets.push(await open());
  expect(dropped()).toEqual({ count: 0, lately: false });
  for (let n = 1; n <= 3; n += 1) {
    await once(await open(), 'close');
    expect(dropped()).toEqual({ count: n, lately: true });
  }
  expect(logged).toEqual(['warn']);
  pass(60_000);
  await once(await open(), 'close');
  expect(logged).toEqual(['warn', 'warn']);
  pass(10 * 60_000);
  expect(dropped()).toEqual({ count: 4, lately: false });
  sockets[0]?.destroy();
  await vi.waitUntil(() => new Promise((resolve) => server.getConnections((_, count) => resolve(count === 7))));
  const late = await open();
  late.end();
  await once(late.resume(), 'close');
  expect(dropped().count).toBe(4);
});

it('goes on when a connection could not be accepted', async () => {
  const server = await listening();
  const { clock } = clocks();
  const dropped = keepReserve(server, { limit: null, clock, log: () => {} });
  server.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }));
  expect(dropped()).toEqual({ count: 1, lately: true });
  expect(server.listening).toBe(true);
});
