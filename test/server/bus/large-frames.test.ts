import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { createListener } from '../../../src/server/bus/listener.ts';
import { BUS_LIMITS } from '../../../src/server/context/bus-limits.ts';

it('a large frame lets others have a turn before the next is read; a command does not', async () => {
  const did: string[] = [];
  const socket = Object.assign(new EventEmitter(), {
    readyState: 1,
    OPEN: 1,
    bufferedAmount: 0,
    send: () => did.push('send'),
    pause: () => did.push('pause'),
    resume: () => did.push('resume'),
  });
  createListener(socket as never, {
    caller: { idTag: 'bob.test', owner: false } as never,
    expiresAt: Number.POSITIVE_INFINITY,
    limits: BUS_LIMITS,
    clock: { wall: () => 0, monotonic: () => 0 },
    onClose: () => {},
  });
  socket.emit('message', Buffer.from('{"id":"1","cmd":"ping"}'), false);
  expect(did).toEqual(['send']);
  socket.emit('message', Buffer.from(JSON.stringify({ id: 'x'.repeat(5_000), cmd: 'ping' })), false);
  expect(did).toEqual(['send', 'pause', 'send']);
  await new Promise(setImmediate);
  expect(did).toEqual(['send', 'pause', 'send', 'resume']);
  socket.emit('close');
});
