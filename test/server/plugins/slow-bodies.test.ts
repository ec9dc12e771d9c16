import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fastify, { type FastifyReply } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { errorResponse } from '../../../src/server/http/error-responses.ts';
import { uploadBody } from '../../../src/server/http/upload-body.ts';
import { limitBodyTime } from '../../../src/server/plugins/slow-bodies.ts';

const LIMIT = 200;
const app = fastify();
/** How the uploads ended. */
const ends: string[] = [];
const uploads = createServer(async (request, response) => {
  let size = 0;
  try {
    for await (const chunk of uploadBody(request, { idle: 100, minRate: 1024 })) size += chunk.length;
    ends.push(`${size} bytes`);
  } catch (error) {
    const { status, code } = errorResponse(error);
    ends.push(`${status} ${code}`);
  }
  response.end(() => request.destroy());
});
let ports: { limited: number; uploads: number };

beforeAll(async () => {
  app.addHook('onRequest', (request, reply, done) => {
    limitBodyTime(request, reply, LIMIT);
    done();
  });
  app.post('/', async () => 'took it');
  app.post('/long', { config: { longBody: true } }, async () => 'took it');
  app.post('/slow', async () => sleep(400, 'at last'));
  const refuse = { onRequest: async (_request: unknown, reply: FastifyReply) => reply.code(401).send('no') };
  app.post('/refused', refuse, async () => 'took it');
  app.post('/long/refused', { ...refuse, config: { longBody: true } }, async () => 'took it');
  await app.listen({ port: 0, host: '127.0.0.1' });
  uploads.listen(0, '127.0.0.1');
  await once(uploads, 'listening');
  ports = { limited: portOf(app.server), uploads: portOf(uploads) };
});
afterAll(async () => {
  uploads.close();
  await app.close();
});

function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port;
}

/** Sends the parts, a pause before each, and gives what came back once the server hangs up or has answered. */
async function send(port: number, head: string, parts: string[], pause: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('error', () => {
    // What came before it is what counts.
  });
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
    if (answer.includes('took it')) socket.destroy();
  });
  socket.write(`${head}\r\nHost: x\r\nContent-Type: application/json\r\n`);
  socket.write(`Content-Length: ${Math.max(4, parts.join('').length)}\r\n\r\n`);
  const timer = setInterval(() => {
    const part = parts.shift();
    if (part !== undefined && !socket.destroyed) socket.write(part);
  }, pause);
  // Not `once`, which would throw the reset that a client gets who goes on writing.
  await new Promise((resolve) => socket.once('close', resolve));
  clearInterval(timer);
  return answer;
}

describe('a body that comes too slowly', () => {
  it('is answered 408 where no long one is expected', async () => {
    expect(await send(ports.limited, 'POST / HTTP/1.1', ['1'], 10)).toMatch(/^HTTP\/1\.1 408 .*E-NET-TIMEOUT/s);
    expect(await send(ports.limited, 'POST / HTTP/1.1', ['1', '2', '3', '4'], 10)).toContain('took it');
    expect(await send(ports.limited, 'POST /long HTTP/1.1', ['1', '2', '3', '4'], 100)).toContain('took it');
  });

  it('is watched for only where it did not come with its head', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const watching = () => timers.mock.calls.filter(([, ms]) => ms === LIMIT).length;
    const whole = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n1234';
    const socket = connect(ports.limited, '127.0.0.1').setEncoding('utf8');
    for (let round = 0; round < 3; round += 1) {
      socket.write(whole);
      expect(String(await once(socket, 'data'))).toContain('took it');
    }
    socket.destroy();
    expect(watching()).toBe(0);
    expect(await send(ports.limited, 'POST / HTTP/1.1', ['1', '2', '3', '4'], 10)).toContain('took it');
    expect(watching()).toBe(1);
  });

  it.each(['/refused', '/long/refused'])(
    'of a request that was answered meanwhile ends the connection without a second answer: %s',
    async (path) => {
      const answer = await send(ports.limited, `POST ${path} HTTP/1.1`, Array.from('x'.repeat(500)), 10);
      expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 401']);
    },
  );

  it('is answered behind what was asked before on the connection', async () => {
    const before = 'POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n';
    const answer = await send(ports.limited, `${before}POST / HTTP/1.1`, ['1'], 10);
    expect(answer).toMatch(/^HTTP\/1\.1 200 .*at last.*HTTP\/1\.1 408 /s);
  });

  it('or not at all, where it is', async () => {
    await send(ports.uploads, 'POST / HTTP/1.1', ['1'], 10);
    expect(ends.pop()).toBe('408 E-NET-TIMEOUT');
    // Never idle for long, and yet no transfer.
    await send(ports.uploads, 'POST / HTTP/1.1', Array.from('x'.repeat(40)), 30);
    expect(ends.pop()).toBe('408 E-NET-TIMEOUT');
    await send(ports.uploads, 'POST / HTTP/1.1', ['1234'], 10);
    expect(ends.pop()).toBe('4 bytes');
  });
});
