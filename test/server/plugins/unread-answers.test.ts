import { createReadStream, truncateSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { upgradeGate } from '../../../src/server/bus/upgrade-gate.ts';
import { rememberAnswers } from '../../../src/server/plugins/last-answer.ts';
import { decorateReplies } from '../../../src/server/plugins/replies.ts';
import { limitUnreadAnswers } from '../../../src/server/plugins/unread-answers.ts';
import { makeAuthority } from '../../support/certificates.ts';
import { temporaryDirectory } from '../../support/run-cli.ts';

const LIMIT = 1_000;
/** Far more than the system takes off our hands while nobody reads. */
const SIZE = 24 * 1024 * 1024;
const file = join(temporaryDirectory(), 'large');
let apps: { plain: FastifyInstance; tls: FastifyInstance };
/** URLs whose answer, and the file in it, is nobody's business any more. */
const over = new Set<string>();

beforeAll(async () => {
  writeFileSync(file, '');
  truncateSync(file, SIZE);
  const pair = await (await makeAuthority()).issue(['cl-o.alice.test']);
  apps = { plain: await listen(null), tls: await listen(pair) };
});
afterAll(() => Promise.all([apps.plain.close(), apps.tls.close()]));

async function listen(https: object | null): Promise<FastifyInstance> {
  const app = fastify({ https } as object) as unknown as FastifyInstance;
  decorateReplies(app, () => 0);
  rememberAnswers(app);
  limitUnreadAnswers(app, LIMIT);
  upgradeGate(app, '/ws');
  app.get('/file', (request, reply) => {
    const stream = createReadStream(file);
    stream.once('close', () => over.add(request.url));
    return reply.send(stream);
  });
  app.get('/json', (request, reply) => {
    reply.raw.once('close', () => over.add(request.url));
    return reply.json('x'.repeat(SIZE));
  });
  app.get('/short', (_request, reply) => reply.json('at once'));
  app.get('/thoughtful', (_request, reply) => sleep(3 * LIMIT).then(() => reply.json('at last')));
  await app.listen({ host: '127.0.0.1', port: 0 });
  return app;
}

function ask(kind: 'plain' | 'tls', path: string, header = 'Connection: close'): Socket {
  const { port } = apps[kind].server.address() as AddressInfo;
  const to = { host: '127.0.0.1', port };
  const socket = kind === 'plain' ? connect(to) : connectTls({ ...to, rejectUnauthorized: false });
  socket.on('error', () => {
    // How much came before it is what counts.
  });
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n`);
  return socket;
}

describe.each(['plain', 'tls'] as const)('over a connection that is %s', (kind) => {
  it.concurrent.for(['/file', '/json'])(
    'a client that reads nothing of a large answer is cut off: %s',
    async (path, { expect }) => {
      const url = `${path}?unread&${kind}`;
      const socket = ask(kind, url);
      await expect.poll(() => over.has(url), { timeout: 20 * LIMIT }).toBe(true);
      socket.destroy();
    },
  );

  it.concurrent('one that also offers another protocol is cut off, too', async ({ expect }) => {
    const url = `/file?upgrade&${kind}`;
    const socket = ask(kind, url, 'Connection: Upgrade\r\nUpgrade: h2c');
    await expect.poll(() => over.has(url), { timeout: 20 * LIMIT }).toBe(true);
    socket.destroy();
  });

  it.concurrent('a connection is kept open after an answer for as long as Node keeps it', async ({ expect }) => {
    apps[kind].server.keepAliveTimeout = 2 * LIMIT;
    let said = '';
    for await (const chunk of ask(kind, '/short', 'Connection: keep-alive')) said += chunk;
    expect(said).toContain('at once');
  });

  it.concurrent.for([
    ['/file', 'Connection: close'],
    ['/json', 'Connection: close'],
    ['/file', 'Connection: Upgrade\r\nUpgrade: h2c'],
  ] as const)('one that reads slowly gets the whole: %s, %j', async ([path, header], { expect }) => {
    let size = 0;
    for await (const chunk of ask(kind, path, header)) {
      size += chunk.length;
      await sleep((5 * LIMIT * chunk.length) / SIZE);
    }
    expect(size).toBeGreaterThan(SIZE);
  });

  it.concurrent('a handler may think as long as it likes', async ({ expect }) => {
    let answer = '';
    for await (const chunk of ask(kind, '/thoughtful')) answer += chunk;
    expect(answer).toContain('at last');
  });
});
