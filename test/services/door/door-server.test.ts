import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { answerDoor } from '../../../src/services/door/door-server.ts';
import type { Operation } from '../../../src/services/door/operations.ts';
import type { Deps } from '../../../src/services/runtime/deps.ts';
import { temporaryDirectory } from '../../support/run-cli.ts';

async function listening(): Promise<Server> {
  const server = createServer();
  onTestFinished(() => void server.close());
  server.listen(join(temporaryDirectory(), 's'));
  await once(server, 'listening');
  return server;
}

function clientOf(server: Server): Socket {
  const client = connect(server.address() as string);
  // It is cut off: that is the point.
  client.on('error', () => {});
  onTestFinished(() => void client.destroy());
  return client;
}

it('does not wait for a connection that had ended before the owner listened to it', async () => {
  const server = await listening();
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const probe = connect(server.address() as string);
  const [socket] = await accepted;
  probe.destroy();
  await once(socket.resume(), 'close');
  const door = answerDoor(server, {} as Deps, {});
  server.emit('connection', socket);
  await expect(door.drain()).resolves.toBeUndefined();
});

it('does not wait for a client that was stopped before it asked', async () => {
  const server = await listening();
  const door = answerDoor(server, {} as Deps, {});
  const accepted = once(server, 'connection');
  clientOf(server);
  await accepted;
  await expect(door.drain()).resolves.toBeUndefined();
});

it('does not wait for ever for a client that takes nothing of its answer', async () => {
  const server = await listening();
  let onBegun = () => {};
  const begun = new Promise<void>((resolve) => {
    onBegun = resolve;
  });
  const watch: Operation = async (_deps, _input, emit, signal) => {
    for (let n = 0; n < 100; n += 1) emit({ stage: 'x'.repeat(50_000), status: 'done' });
    onBegun();
    await once(signal, 'abort');
  };
  const door = answerDoor(server, {} as Deps, { watch: async () => watch });
  clientOf(server).pause().write('{"op":"watch"}\n');
  await begun;
  await expect(door.drain()).resolves.toBeUndefined();
});
