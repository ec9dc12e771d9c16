import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { actionId } from '../../../src/protocol/content-id.ts';
import { createApiKey, deleteApiKey, exchangeApiKey } from '../../../src/services/auth/api-keys.ts';
import { setPassword } from '../../../src/services/auth/password.ts';
import type { Identity } from '../../../src/store/identities/identity-document.ts';
import { clockOf } from '../../support/clock.ts';
import { type Instance, type InstanceOptions, startInstance } from '../../support/instance.ts';
import { arriveAt, dial, listening } from './client.ts';

const TENANT = 'alice.test';
let alice: Instance;
let token: string;

async function start(options: InstanceOptions = {}): Promise<void> {
  alice = await startInstance(options);
  token = await alice.bearer();
}

afterEach(() => alice.close());

/** A handshake by hand, so that frames can be sent that no client would. */
async function raw(request = ''): Promise<{ socket: Socket; received: () => Buffer }> {
  const socket = connect(await listening(alice), '127.0.0.1');
  let bytes = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
  });
  socket.on('error', () => {});
  const key = Buffer.alloc(16).toString('base64');
  socket.write(
    request ||
      `GET /ws/bus?token=${token} HTTP/1.1\r\nHost: cl-o.${TENANT}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  await expect.poll(() => bytes.includes('\r\n\r\n')).toBe(true);
  return { socket, received: () => bytes.subarray(bytes.indexOf('\r\n\r\n') + 4) };
}

/** A client's frame, masked with zeros. */
function masked(firstByte: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([firstByte, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

describe('bad frames', () => {
  beforeEach(() => start());

  it('larger than 64 KiB: 1009', async () => {
    const client = await dial(alice, { token });
    client.socket.send('x'.repeat(64 * 1024 + 1));
    expect((await client.closed).code).toBe(1009);
  });

  it('of 64 KiB exactly: answered', async () => {
    const client = await dial(alice, { token });
    const [head, tail] = ['{"id":"', '","cmd":"x"}'];
    const id = 'x'.repeat(64 * 1024 - head.length - tail.length);
    client.socket.send(head + id + tail);
    expect(await client.next()).toEqual({ id, cmd: 'ack', data: { status: 'ok' } });
  });

  it('binary: ignored', async () => {
    const client = await dial(alice, { token });
    client.socket.send(Buffer.from('{"id":"1","cmd":"ping"}'));
    await client.ping();
    expect(client.frames).toHaveLength(1);
  });

  it.each([
    ['without a mask', Buffer.from([0x81, 2, 0x7b, 0x7d]), 1002],
    ['of a reserved kind', masked(0x83, Buffer.from('{}')), 1002],
    ['with reserved bits', masked(0xc1, Buffer.from('{}')), 1002],
    ['not UTF-8', masked(0x81, Buffer.from([0xff, 0xfe])), 1007],
    ['a fragmented ping', masked(0x09, Buffer.from('x')), 1002],
  ])('%s: closed, and nobody else notices', async (_what, frame, code) => {
    const bystander = await dial(alice, { token });
    const { socket, received } = await raw();
    const ended = once(socket, 'close');
    socket.write(frame);
    await ended;
    const close = received();
    expect([close[0], close.readUInt16BE(2)]).toEqual([0x88, code]);
    await bystander.ping();
  });

  it('a flood of commands: 1008', async () => {
    const client = await dial(alice, { token });
    for (let index = 0; index < 300; index++) client.socket.send('{"id":"1","cmd":"ping"}');
    expect((await client.closed).code).toBe(1008);
  });
});

describe('handshakes', () => {
  beforeEach(() => start());
  const answer = async (text: string) => (await rawAnswer(text)).split('\r\n', 1)[0];
  async function rawAnswer(text: string): Promise<string> {
    const socket = connect(await listening(alice), '127.0.0.1');
    let all = '';
    socket.on('data', (chunk) => {
      all += chunk;
    });
    socket.write(text);
    await once(socket, 'close');
    return all;
  }
  const head = (line: string, ...more: string[]) =>
    `${[line, `Host: cl-o.${TENANT}`, 'Connection: Upgrade', ...more].join('\r\n')}\r\n\r\n`;

  it('without an upgrade: 426', async () => {
    const response = await alice.get('/ws/bus');
    expect([response.statusCode, response.json().error.code]).toEqual([426, 'E-VAL-INVALID']);
  });

  it('in no proper form: 400, by the WebSocket server or before', async () => {
    const upgrade = 'Upgrade: websocket';
    expect(await answer(head('GET /ws/bus HTTP/1.1', upgrade, 'Sec-WebSocket-Version: 13'))).toBe(
      'HTTP/1.1 400 Bad Request',
    );
    expect(await answer(head('GET /ws/bus?token=a&token=b HTTP/1.1', upgrade))).toBe('HTTP/1.1 400 Bad Request');
    expect(await answer(head('POST /api/inbox HTTP/1.1', upgrade, 'Content-Length: 5'))).toBe(
      'HTTP/1.1 400 Bad Request',
    );
  });

  it('refused by the WebSocket server: in the form of every refusal', async () => {
    for (const wrong of ['Sec-WebSocket-Key: x', 'Sec-WebSocket-Protocol: ,']) {
      const text = await rawAnswer(
        head('GET /ws/bus HTTP/1.1', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', wrong),
      );
      expect(text).toMatch(/^HTTP\/1\.1 400 /);
      expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)).error.code).toBe('E-VAL-INVALID');
    }
    const other = await rawAnswer(head('GET /ws/bus HTTP/1.1', 'Upgrade: websocket', 'Sec-WebSocket-Version: 12'));
    expect(other).toMatch(/^HTTP\/1\.1 426 .*sec-websocket-version: 13\r\n/s);
    expect(JSON.parse(other.slice(other.indexOf('\r\n\r\n') + 4)).error.code).toBe('E-VAL-INVALID');
  });

  it('elsewhere, or to another protocol: answered as if nobody had asked, and closed', async () => {
    expect(await answer(head('GET /api/me HTTP/1.1', 'Upgrade: websocket'))).toBe('HTTP/1.1 200 OK');
    expect(await answer(head('GET /api/me HTTP/1.1', 'Upgrade: h2c'))).toBe('HTTP/1.1 200 OK');
    expect(await answer(head('GET /ws/bus HTTP/1.1', 'Upgrade: h2c'))).toBe('HTTP/1.1 426 Upgrade Required');
    expect(await answer(head('GET /nowhere HTTP/1.1', 'Upgrade: websocket'))).toBe('HTTP/1.1 404 Not Found');
  });

  it('for nobody here: 404', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${await listening(alice)}/ws/bus`, {
      headers: { host: 'cl-o.no.test' },
    });
    const [error] = await once(socket, 'error');
    expect((error as Error).message).toContain('404');
  });
});

it('a token that runs out ends its socket', async () => {
  await start();
  const client = await dial(alice, { token: await alice.bearer({ ttl: 1 }) });
  alice.clock.now += 1000;
  expect(await client.closed).toEqual({ code: 4401, reason: 'Unauthorized - authentication required' });
});

it('so does one that isn’t good any more, at the next beat', async () => {
  await start({ bus: { heartbeat: 50 } });
  const client = await dial(alice, { token });
  alice.clock.now += 3_600_000;
  expect((await client.closed).code).toBe(4401);
});

describe('a session that is ended ends its sockets at once, and no others', () => {
  it.each(['a logout', 'another password', 'the end of its API key'])('by %s', async (how) => {
    await start();
    const deps = { identities: alice.identities, clock: clockOf(() => alice.clock.now), log: () => {} };
    const { keyId, plaintextKey: apiKey } = await createApiKey(deps, {});
    const own = (await alice.identities.read(TENANT)) as Identity;
    const byKey = (await exchangeApiKey(deps, { own, apiKey })).token;
    const client = await dial(alice, { token: how === 'the end of its API key' ? byKey : token });
    const peer = await dial(alice, { token: await alice.bearer({ subject: 'bob.test', owner: false }) });
    if (how === 'a logout') await alice.post('/api/auth/logout', {}, { bearer: token });
    else if (how === 'another password') await setPassword(deps, { password: 'correct-horse-1' });
    else await deleteApiKey(deps, TENANT, keyId);
    // The heart beats every 30 s.
    expect((await client.closed).code).toBe(4401);
    await peer.ping();
  });
});

it('a session that is ended during the handshake ends its socket as well', async () => {
  await start();
  const access = alice.identities.access.bind(alice.identities);
  // The token is read, and found good; the logout comes before the socket is in its room.
  const logout = { sid: JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString()).sid };
  const until = new Date(alice.clock.now + 3_600_000).toISOString();
  alice.identities.access = async (idTag) => {
    alice.identities.access = access;
    const before = structuredClone(await access(idTag));
    await alice.identities.updateAccess(idTag, (draft) => void draft.endedSessions.push({ ...logout, until }));
    return before;
  };
  expect((await (await dial(alice, { token })).closed).code).toBe(4401);
});

it('a socket that answers no ping is dropped; one that does stays', async () => {
  await start({ bus: { heartbeat: 50 } });
  const dead = await dial(alice, { token, options: { autoPong: false } });
  const live = await dial(alice, { token });
  expect((await dead.closed).code).toBe(1006);
  await live.ping();
});

it('a slow reader is cut off when too much waits for it, and the others get all', async () => {
  await start({ bus: { buffer: 256 * 1024 } });
  const bob = alice.peer('bob.test');
  const slow = await dial(alice, { token });
  slow.socket.pause();
  const quick = await dial(alice, { token });
  const id = await arriveAt(alice, await bob.sign({ t: 'FLLW', aud: TENANT, c: 'x'.repeat(400) }));
  const post = await alice.owner(TENANT).sign({ t: 'POST', c: 'y'.repeat(49_000), v: 'P' });
  const event = { tenant: TENANT, actionId: actionId(post), token: post, receivedAt: alice.clock.now } as const;
  await alice.store.append([{ kind: 'action', direction: 'out', status: 'A', visibility: 'P', ...event }]);
  expect((await quick.next()).data.actionId).toBe(id);
  const hub = alice.app as unknown as {
    server: { getConnections(callback: (error: null, count: number) => void): void };
  };
  const connections = () =>
    new Promise<number>((resolve) => hub.server.getConnections((_error, count) => resolve(count)));
  let sent = 0;
  // The kernel's buffers take a few megabytes before anything waits in ours.
  for (; (await connections()) > 1 && sent < 1_000; sent++) {
    alice.live.announce({ kind: 'action', tenant: TENANT, actionId: event.actionId });
    expect((await quick.next()).data.actionId).toBe(event.actionId);
  }
  expect(sent).toBeLessThan(1_000);
  slow.socket.resume();
  expect((await slow.closed).code).toBe(1006);
});

it('more than can be told: everybody is sent away to list it', async () => {
  await start({ bus: { backlog: 3 } });
  const client = await dial(alice, { token });
  for (let index = 0; index < 10; index++) {
    alice.live.announce({ kind: 'action', tenant: TENANT, actionId: `a1~${index}` });
  }
  expect((await client.closed).code).toBe(1013);
});

it('so many sockets an address, and so many listeners an identity', async () => {
  await start({ settings: { rateLimits: true }, bus: { perAddress: 2 } });
  const first = await dial(alice, { token });
  await dial(alice, { token });
  await expect(dial(alice, { token })).rejects.toThrow('429');
  first.socket.close();
  await first.closed;
  await dial(alice, { token });
  await alice.close();
  await start({ bus: { perTenant: 1 } });
  await dial(alice, { token });
  await expect(dial(alice, { token })).rejects.toThrow('503');
});

it('a server that stops says so, and waits for nobody that doesn’t answer', async () => {
  await start({ bus: { closing: 100 } });
  const client = await dial(alice, { token });
  const stuck = await raw();
  stuck.socket.pause();
  await alice.app.close();
  expect(await client.closed).toEqual({ code: 1001, reason: 'Server is stopping' });
});

it('one line in the log for a socket, without its token', async () => {
  const lines: unknown[] = [];
  await start({ log: (_level, message, fields) => lines.push({ message, ...fields }) });
  const client = await dial(alice, { token });
  client.socket.close();
  await client.closed;
  await expect.poll(() => lines.length).toBe(1);
  expect(lines[0]).toMatchObject({
    message: 'request',
    method: 'GET',
    path: '/ws/bus',
    status: 101,
    tenant: TENANT,
    close: 1005,
  });
  expect(JSON.stringify(lines)).not.toContain(token);
});
