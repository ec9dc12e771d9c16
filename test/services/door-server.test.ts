import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Deps } from '../../src/services/deps.ts';
import { answerDoor } from '../../src/services/door-server.ts';
import { temporaryDirectory } from '../support/run-cli.ts';

it('does not wait for a connection that had ended before the owner listened to it', async () => {
  const server = createServer();
  onTestFinished(() => void server.close());
  server.listen(join(temporaryDirectory(), 's'));
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const probe = connect(server.address() as string);
  const [socket] = await accepted;
  probe.destroy();
  await once(socket.resume(), 'close');
  const door = answerDoor(server, {} as Deps, {});
  server.emit('connection', socket);
  await expect(door.drain()).resolves.toBeUndefined();
});
