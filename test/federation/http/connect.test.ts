import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type AddressAttempt, attemptReport, attemptsText } from '../../../src/federation/http/address-attempt.ts';
import { connect } from '../../../src/federation/http/connect.ts';
import { secureFor } from '../../../src/federation/http/secure.ts';
import { startBlackhole } from '../../support/blackhole.ts';
import { makeAuthority, type ServerCertificate } from '../../support/certificates.ts';
import { labPort } from '../../support/lab-port.ts';

interface Listening {
  port: number;
  sockets: Socket[];
}

/** A server at an address of loopback; the port is one that nobody else listens on, at any of them. */
async function listen(host: string, port: number, tls?: ServerCertificate): Promise<Listening> {
  const sockets: Socket[] = [];
  const server = tls ? createTlsServer(tls) : createServer();
  server.on('connection', (socket) => {
    socket.on('error', () => undefined);
    if (!tls) socket.resume();
    sockets.push(socket);
  });
  server.listen(port, host);
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port, sockets };
}

/** What became of each address, without its times. */
const told = (attempts: AddressAttempt[]) =>
  attempts
    .map(attemptReport)
    .map(({ address, outcome, code }) => [address, outcome, ...(code ? [code] : [])].join(' '));

const keep = <S extends Socket>(socket: S): S => {
  onTestFinished(() => void socket.destroy());
  return socket;
};

describe('connect', () => {
  it('tries what becomes known later, and fails only when nothing does', async () => {
    const { port } = await listen('127.0.0.3', await labPort());
    const refused = [{ address: '127.0.0.2', port }];
    const attempts: AddressAttempt[] = [];
    let resolve: (endpoints: { address: string; port: number }[]) => void = () => {};
    const later = new Promise<{ address: string; port: number }[]>((found) => {
      resolve = found;
    });
    const connecting = connect(refused, { attempts, later });
    await expect.poll(() => attempts[0]?.error).toMatchObject({ code: 'ECONNREFUSED' });
    resolve([{ address: '127.0.0.3', port }]);
    expect(keep(await connecting).remoteAddress).toBe('127.0.0.3');
    expect(told(attempts)).toEqual(['127.0.0.2 failed network.refused', '127.0.0.3 connected']);
    await expect(connect(refused, { later: Promise.resolve([]) })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('tries the other family next when it becomes known while an attempt hangs', async () => {
    const port = await startBlackhole('127.0.0.2');
    await listen('127.0.0.3', port);
    const hanging = [{ address: '127.0.0.2', port }];
    const found = Promise.resolve([{ address: '127.0.0.3', port }]);
    expect(keep(await connect(hanging, { later: found })).remoteAddress).toBe('127.0.0.3');
  });

  it('takes the second address when the first does not answer', async () => {
    const port = await startBlackhole('127.0.0.2');
    await listen('127.0.0.3', port);
    const attempts: AddressAttempt[] = [];
    const endpoints = ['127.0.0.2', '127.0.0.3'].map((address) => ({ address, port }));
    const socket = keep(await connect(endpoints, { attempts }));
    expect(socket.remoteAddress).toBe('127.0.0.3');
    expect(told(attempts)).toEqual(['127.0.0.2 pending network.timeout', '127.0.0.3 connected']);
    const [first, second] = attempts.map(({ startedAt }) => startedAt);
    // Node's timers may fire a millisecond early.
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(245);
  });

  it('goes on with an attempt for as long as the call may take, however many began after it', async () => {
    const port = await labPort();
    const tls = await authority.issue(['slow.test']);
    const slow = createServer();
    slow.listen(port, '127.0.0.2');
    await once(slow, 'listening');
    onTestFinished(() => void slow.close());
    // The handshake of the first address takes five times as long as the next attempt waits.
    const secured = createTlsServer(tls);
    slow.on('connection', (socket) => setTimeout(() => secured.emit('connection', socket), 1_250));
    const dead = await Promise.all(['127.0.0.3', '127.0.0.4'].map((host) => startBlackhole(host, port)));
    expect(dead).toEqual([port, port]);
    const attempts: AddressAttempt[] = [];
    const endpoints = ['127.0.0.2', '127.0.0.3', '127.0.0.4'].map((address) => ({ address, port }));
    const secure = secureFor('slow.test', { ca: authority.ca });
    keep(await connect<TLSSocket>(endpoints, { attempts, secure }));
    expect(told(attempts)).toEqual([
      '127.0.0.2 connected',
      '127.0.0.3 pending network.timeout',
      '127.0.0.4 pending network.timeout',
    ]);
  });

  it('tries the next address at once when one refuses', async () => {
    const port = await labPort();
    await listen('127.0.0.3', port);
    const attempts: AddressAttempt[] = [];
    const endpoints = ['127.0.0.2', '127.0.0.3'].map((address) => ({ address, port }));
    keep(await connect(endpoints, { attempts }));
    expect(told(attempts)).toEqual(['127.0.0.2 failed network.refused', '127.0.0.3 connected']);
  });

  it('lets the families take turns, beginning with that of the first address', async () => {
    const port = await labPort();
    const attempts: AddressAttempt[] = [];
    const endpoints = ['127.0.0.1', '127.0.0.2', '127.0.0.3', '::1'].map((address) => ({ address, port }));
    await expect(connect(endpoints, { attempts })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(attempts.map(({ address }) => address)).toEqual(['127.0.0.1', '::1', '127.0.0.2', '127.0.0.3']);
    expect(attemptsText(attempts)).toContain('127.0.0.2 refused the connection, 127.0.0.3 refused the connection');
  });

  it('passes over an address that takes connections and never answers the handshake', async () => {
    const port = await labPort();
    const silent = await listen('127.0.0.2', port);
    await listen('127.0.0.3', port, await authority.issue(['a.test']));
    const attempts: AddressAttempt[] = [];
    const endpoints = ['127.0.0.2', '127.0.0.3'].map((address) => ({ address, port }));
    const socket = keep(
      await connect<TLSSocket>(endpoints, { attempts, secure: secureFor('a.test', { ca: authority.ca }) }),
    );
    expect([socket.remoteAddress, socket.authorized]).toEqual(['127.0.0.3', true]);
    expect(told(attempts)).toEqual(['127.0.0.2 pending network.timeout', '127.0.0.3 connected']);
    expect(attemptReport(attempts[0] as AddressAttempt).reason).toBe('did not end the TLS handshake');
    // The one that lost is closed.
    await expect.poll(() => silent.sockets.map(({ closed }) => closed)).toEqual([true]);
  });

  it('passes over an address whose certificate is not the one, and tells why', async () => {
    const port = await labPort();
    await listen('127.0.0.2', port, await authority.issue(['other.test']));
    await listen('127.0.0.3', port, await authority.issue(['a.test']));
    const attempts: AddressAttempt[] = [];
    const endpoints = ['127.0.0.2', '127.0.0.3'].map((address) => ({ address, port }));
    keep(await connect<TLSSocket>(endpoints, { attempts, secure: secureFor('a.test', { ca: authority.ca }) }));
    expect(told(attempts)).toEqual(['127.0.0.2 failed tls.name', '127.0.0.3 connected']);
    expect(attempts[0]?.tls?.altNames).toEqual(['other.test']);
  });

  it('fails with the error that tells most, when all have failed', async () => {
    const port = await labPort();
    await listen('127.0.0.3', port, await authority.issue(['other.test']));
    const endpoints = ['127.0.0.2', '127.0.0.3', '127.0.0.4'].map((address) => ({ address, port }));
    const secure = secureFor('a.test', { ca: authority.ca });
    await expect(connect(endpoints, { secure })).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('ends all attempts when it is given up', async () => {
    const port = await startBlackhole('127.0.0.2');
    const controller = new AbortController();
    const attempts: AddressAttempt[] = [];
    const call = connect([{ address: '127.0.0.2', port }], { attempts, signals: [controller.signal] });
    controller.abort(new Error('given up'));
    await expect(call).rejects.toThrow('given up');
    expect(attempts[0]?.endedAt).toBeGreaterThan(0);
    await expect(connect([{ address: '127.0.0.2', port }], { signals: [controller.signal] })).rejects.toThrow(
      'given up',
    );
  });
});

let authority: Awaited<ReturnType<typeof makeAuthority>>;
beforeAll(async () => {
  authority = await makeAuthority();
});

it('is the only way out: nothing else opens a connection', () => {
  const root = new URL('../../../src/', import.meta.url);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const openers = files.filter((name) => {
    const text = readFileSync(new URL(name, root), 'utf8');
    const imports = [
      ...text.matchAll(/^import (?!type)([^;]*?) from '(?:node:(?:net|tls|https?|http2)|node-fetch)';/gm),
    ];
    return imports.some(([, names = '']) => /\b(?:connect|createConnection|request|get)\b/.test(names));
  });
  expect(openers.toSorted()).toEqual([
    // Over a connection of `connect`.
    'federation/dns/https.ts',
    'federation/http/connect.ts',
    // Over a connection that is open.
    'federation/http/secure.ts',
    // The control socket of the home.
    'store/home/lock.ts',
  ]);
});
