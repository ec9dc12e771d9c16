import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Instance, startInstance } from '../../support/instance.ts';

const INVALID = 'E-VAL-INVALID';
const NOT_FOUND = 'E-CORE-NOTFOUND';
const HOST = 'Host: cl-o.alice.test\r\n';
const JSON_BODY = 'Content-Type: application/json\r\n';

let home: Instance;
let body: string;
beforeAll(async () => {
  home = await startInstance({ idTags: ['alice.test', 'bob.test'] });
  // A sound one: whoever gets it past the head has got it in.
  body = JSON.stringify({ token: await home.peer('carol.test').sign({ t: 'FLLW', aud: 'alice.test' }) });
  await home.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => home.close());

/** What comes back until the connection is closed: by the server, since the client says nothing of it. */
async function raw(request: string): Promise<{ statuses: number[]; head: string; body: string }> {
  const socket = connect((home.app.server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(Buffer.from(request, 'latin1'));
  const answer = await text(socket);
  const statuses = [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
  const end = answer.lastIndexOf('\r\n\r\n');
  return { statuses, head: answer.slice(0, end), body: answer.slice(end + 4) };
}

async function expectRefused(request: string, status: number, code: string): Promise<void> {
  const before = home.journal();
  const answer = await raw(request);
  // One answer: nothing behind the head was taken for a request of its own.
  expect(answer.statuses).toEqual([status]);
  expect(JSON.parse(answer.body).error.code).toBe(code);
  expect(home.journal()).toBe(before);
}

const post = (head: string, rest: string) => `POST /api/inbox HTTP/1.1\r\n${HOST}${JSON_BODY}${head}\r\n${rest}`;
const upgradeTo = (protocol: string) =>
  `Connection: Upgrade\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
const CLOSE_FRAME = '\x88\x80\0\0\0\0';
const chunk = () => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

describe('many header lines', () => {
  const lines = (count: number) => Array.from({ length: count }, (_, index) => `a${index}:\r\n`).join('');

  it.each([250, 1200])('%i of them are refused, with a second Host behind them', (count) =>
    expectRefused(`GET /api/me HTTP/1.1\r\n${HOST}${lines(count)}Host: cl-o.bob.test\r\n\r\n`, 431, INVALID),
  );

  it('a second Host behind as many as there may be is seen', () =>
    expectRefused(
      `GET /api/me HTTP/1.1\r\n${HOST}${lines(197)}Host: cl-o.bob.test\r\nConnection: close\r\n\r\n`,
      400,
      INVALID,
    ));

  it('as many as there may be are taken', async () => {
    const { statuses } = await raw(`GET /api/me HTTP/1.1\r\n${HOST}${lines(197)}Connection: close\r\n\r\n`);
    expect(statuses).toEqual([200]);
  });
});

it('looks each second for heads that take longer than 30 seconds', () => {
  const { headersTimeout, connectionsCheckingInterval } = home.app.server as Server & {
    connectionsCheckingInterval: number;
  };
  expect({ headersTimeout, connectionsCheckingInterval }).toEqual({
    headersTimeout: 30_000,
    connectionsCheckingInterval: 1_000,
  });
});

describe('a request that two servers could read differently', () => {
  it.each<[string, () => string]>([
    ['a length and chunks', () => post(`Content-Length: ${body.length}\r\nTransfer-Encoding: chunked\r\n`, chunk())],
    ['two lengths', () => post(`Content-Length: ${body.length}\r\nContent-Length: 5\r\n`, body)],
    ['a list of lengths', () => post(`Content-Length: ${body.length}, ${body.length}\r\n`, body)],
    ['a signed length', () => post(`Content-Length: +${body.length}\r\n`, body)],
    ['chunked, and then something else', () => post('Transfer-Encoding: chunked, identity\r\n', chunk())],
    ['chunked by another character', () => post('Transfer-Encoding:\x0bchunked\r\n', chunk())],
    ['no hexadecimal chunk', () => post('Transfer-Encoding: chunked\r\n', 'zz\r\n')],
    ['a folded header', () => post(`X-A: a\r\n b: c\r\nContent-Length: ${body.length}\r\n`, body)],
    ['space before the colon', () => post(`Content-Length : ${body.length}\r\n`, body)],
    ['bare line feeds', () => `GET /api/me HTTP/1.1\n${HOST.trim()}\n\n`],
    ['another version', () => `GET /api/me HTTP/1.2\r\n${HOST}\r\n`],
    ['HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['no path', () => `GET api/me HTTP/1.1\r\n${HOST}\r\n`],
    ['an upgrade with a body', () => post(`Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n`, '{}')],
  ])('%s', (_, request) => expectRefused(request(), 400, INVALID));

  it('chunks in HTTP/1.0, which has none', () => {
    const before = post('Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n', chunk()).replace('1.1', '1.0');
    return expectRefused(`${before}GET /api/me HTTP/1.1\r\n${HOST}\r\n`, 400, INVALID);
  });

  it.each(['gzip, chunked', 'identity, chunked', 'gzip\r\nTransfer-Encoding: chunked'])(
    'chunks of what is encoded once more: %j',
    (coding) => expectRefused(post(`Connection: close\r\nTransfer-Encoding: ${coding}\r\n`, chunk()), 501, INVALID),
  );

  it.each([
    ['http://cl-o.bob.test/api/me', 400, INVALID],
    ['http://nobody.example/api/me', 400, INVALID],
    ['https://x@cl-o.bob.test:443/api/me', 400, INVALID],
  ])('a target for another than its Host: %s', (target, status, code) =>
    expectRefused(`GET ${target} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, status, code),
  );

  it('a target in absolute form for the same is fine', async () => {
    const answer = await raw(`GET http://CL-O.alice.test:80/api/me HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
    expect([answer.statuses, JSON.parse(answer.body).data.idTag]).toEqual([[200], 'alice.test']);
  });
});

describe('a Host with one final dot', () => {
  it.each(['cl-o.alice.test.', 'cl-o.alice.test.:443'])('%s is the same name, written in full', async (host) => {
    const answer = await raw(`GET /api/me HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect([answer.statuses, JSON.parse(answer.body).data.idTag]).toEqual([[200], 'alice.test']);
  });
});

describe('a Host that almost names somebody', () => {
  it.each([
    'x@cl-o.alice.test',
    'cl-o.alice.test..',
    'cl-o.alice.test.x',
    'cl-o.alice.test, evil.test',
    'cl-o.cl-o.alice.test',
    'cl-o.alice.test/..',
    'cl-o.alice.test#',
    'cl-o.\xe1lice.test',
    '[::1]',
    '',
  ])('%j is nobody', (host) =>
    expectRefused(`GET /api/me HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, 404, NOT_FOUND),
  );

  it('nobody believes another header about it', () =>
    expectRefused(
      'GET /api/me HTTP/1.1\r\nHost: nobody.test\r\nX-Forwarded-Host: cl-o.alice.test\r\nConnection: close\r\n\r\n',
      404,
      NOT_FOUND,
    ));

  it('twice is once too often', () =>
    expectRefused(`GET /api/me HTTP/1.1\r\n${HOST}${HOST}Connection: close\r\n\r\n`, 400, INVALID));
});

describe('refusals of the HTTP server itself have a body that says why', () => {
  it('an expectation that nobody meets: 417, and the body isn’t taken', () =>
    expectRefused(post(`Expect: a miracle\r\nContent-Length: ${body.length}\r\n`, body), 417, INVALID));

  it('CONNECT: 405', () => expectRefused(`CONNECT cl-o.alice.test:443 HTTP/1.1\r\n${HOST}\r\n`, 405, INVALID));

  it('methods that nobody has: 405', async () => {
    // QUERY has a body by its nature; of the last two Node's parser doesn't know that they are methods.
    for (const method of ['TRACE', 'PROPFIND', 'PURGE', 'QUERY', 'FOO', 'get']) {
      await expectRefused(`${method} /api/me HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, 405, INVALID);
    }
    await expectRefused(`QUERY /api/none HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, 404, NOT_FOUND);
  });

  it('what is no method: 400', () => expectRefused('\x16\x03\x01\x02 / HTTP/1.1\r\n\r\n', 400, INVALID));

  it('a path or a method that isn’t here, before its body is looked at', async () => {
    const rest = 'Content-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi';
    await expectRefused(`PUT /api/me HTTP/1.1\r\n${HOST}${rest}`, 405, INVALID);
    await expectRefused(`POST /api/none HTTP/1.1\r\n${HOST}${rest}`, 404, NOT_FOUND);
  });

  it('headers without end: 431', () =>
    expectRefused(`GET /api/me HTTP/1.1\r\n${HOST}X: ${'a'.repeat(20_000)}\r\n\r\n`, 431, INVALID));
});

describe('a path in another spelling', () => {
  it.each(['/api/m%65', 'http://cl-o.alice.test/api/me', 'HTTP://cl-o.alice.test/api/m%65?x=1'])(
    'has the methods of that path: %s',
    async (target) => {
      const rest = `${target} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`;
      expect((await raw(`GET ${rest}`)).statuses).toEqual([200]);
      expect((await raw(`OPTIONS ${rest}`)).statuses).toEqual([204]);
      await expectRefused(`PUT ${rest}`, 405, INVALID);
    },
  );

  it.each(['/ws/b%75s', 'http://cl-o.alice.test/ws/bus', 'http://CL-O.alice.test:80/ws/bus?x=1'])(
    'is where the WebSocket is, too: %s',
    async (target) => {
      const answer = await raw(`GET ${target} HTTP/1.1\r\n${HOST}${upgradeTo('websocket')}${CLOSE_FRAME}`);
      expect(answer.statuses).toEqual([101]);
    },
  );

  it('OPTIONS asks of the server itself', async () => {
    const answer = await raw(`OPTIONS * HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
    expect(answer.statuses).toEqual([204]);
    await expectRefused(`GET * HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, 404, NOT_FOUND);
  });
});

it('a WebSocket that is refused says that its connection ends', async () => {
  const { head, statuses } = await raw(`GET /ws/bus HTTP/1.1\r\nHost: nobody.test\r\n${upgradeTo('websocket')}`);
  expect(statuses).toEqual([404]);
  expect(head).toMatch(/^connection: close$/im);
});

describe('what comes behind a request that is still being answered', () => {
  it.each<[string, number, string]>([
    ['what is no HTTP', 400, '\x00\x01\r\n\r\n'],
    ['an upgrade to what isn’t offered', 200, `GET /api/me HTTP/1.1\r\n${HOST}${upgradeTo('h2c')}`],
    ['an upgrade with a body', 400, `GET /api/me HTTP/1.1\r\n${HOST}Content-Length: 2\r\n${upgradeTo('h2c')}{}`],
    ['a WebSocket', 101, `GET /ws/bus HTTP/1.1\r\n${HOST}${upgradeTo('websocket')}${CLOSE_FRAME}`],
    ['CONNECT', 405, `CONNECT cl-o.alice.test:443 HTTP/1.1\r\n${HOST}\r\n`],
  ])('is answered after it: %s', async (_, status, behind) => {
    const socket = connect((home.app.server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(Buffer.from(post(`Content-Length: ${body.length}\r\n`, body) + behind, 'latin1'));
    const answer = await text(socket);
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 202', `HTTP/1.1 ${status}`]);
  });

  it('is no second answer, where it is the body of one that was refused', async () => {
    const socket = connect((home.app.server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(`POST /api/none HTTP/1.1\r\n${HOST}${JSON_BODY}Transfer-Encoding: chunked\r\n\r\n`);
    socket.once('data', () => socket.write('no chunk\r\n'));
    const answer = await text(socket);
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 404']);
  });
});
