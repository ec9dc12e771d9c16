import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { startChallengeServer } from '../../src/server/challenge-server.ts';
import { createChallenges } from '../../src/services/certificates/challenges.ts';

async function start() {
  const logged: string[] = [];
  const challenges = createChallenges();
  challenges.answer('token', 'token.thumbprint');
  const log = (_level: string, message: string) => void logged.push(message);
  const server = await startChallengeServer(challenges, { host: '127.0.0.1', port: 0, log });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const ask = async () => (await fetch(`http://127.0.0.1:${port}/.well-known/acme-challenge/token`)).text();
  return { server, port, ask, logged };
}

it('goes on when a connection can not be accepted, and says so once', async () => {
  const { server, ask, logged } = await start();
  for (let times = 0; times < 3; times += 1) server.emit('error', new Error('accept EMFILE'));
  expect(logged).toEqual(['a certificate authority may get no answer over HTTP']);
  await expect(ask()).resolves.toBe('token.thumbprint');
});

it('lets one address hold a few connections only', async () => {
  const { port } = await start();
  const sockets = Array.from({ length: 9 }, () => connect({ host: '127.0.0.1', port }));
  const ended: number[] = [];
  for (const [number, socket] of sockets.entries()) {
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {
      // It may be cut off before it is open.
    });
    socket.once('close', () => ended.push(number));
  }
  await once(sockets[8] as never, 'close');
  expect(ended).toEqual([8]);
});
