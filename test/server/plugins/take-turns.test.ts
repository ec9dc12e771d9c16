import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import fastify, { type FastifyInstance } from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import { takeTurns } from '../../../src/server/plugins/take-turns.ts';
import { nextTurn } from '../../../src/store/turns/slices.ts';

/** A server that notes which requests it handles. */
async function start() {
  const app = fastify() as unknown as FastifyInstance;
  takeTurns(app);
  const handled: string[] = [];
  for (const path of ['/usual', '/last', '/health']) {
    const config = path === '/health' ? ({ rateClass: 'none' } as const) : {};
    app.get(path, { config }, async () => {
      handled.push(path);
      return {};
    });
  }
  await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  const ask = async (path: string) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', () => {
      // Only what the server handles counts.
    });
    const came = once(app.server, 'request');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await came;
    return socket;
  };
  return { ask, handled };
}

/** Puts so many into the line. @returns how many have had their turn, and their end */
function crowd(size: number) {
  const line = { passed: 0, over: Promise.resolve() as Promise<unknown> };
  line.over = Promise.all(Array.from({ length: size }, () => nextTurn().then(() => (line.passed += 1))));
  return line;
}

it('has a request wait in line, but none of a route without a limit', async () => {
  const { ask, handled } = await start();
  const line = crowd(20_000);
  await ask('/usual');
  await ask('/health');
  await turn();
  expect(handled).toEqual(['/health']);
  expect(line.passed).toBeLessThan(20_000);
  await line.over;
  await expect.poll(() => handled).toEqual(['/health', '/usual']);
});

it('passes over a request whose client went', async () => {
  const { ask, handled } = await start();
  const line = crowd(20_000);
  const socket = await ask('/usual');
  socket.resetAndDestroy();
  await ask('/last');
  await line.over;
  await expect.poll(() => handled).toContain('/last');
  expect(handled).toEqual(['/last']);
});
