import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { createBusClient } from '../../../src/federation/bus/bus-client.ts';
import type { Endpoint } from '../../../src/federation/http/network.ts';
import { startBlackhole } from '../../support/blackhole.ts';
import { makeAuthority } from '../../support/certificates.ts';
import { failureOf } from '../../support/failure.ts';
import { answer, type Lab, type Peer, startLab, trustedAuthority } from '../../support/lab.ts';
import { labPort } from '../../support/lab-port.ts';

const URL = 'https://cl-o.bob.test/api/me';

/** A server below TLS at an address of loopback. */
async function startRaw(host: string, onSocket: (socket: Socket) => unknown): Promise<Endpoint> {
  const server = createServer().on('connection', onSocket);
  const port = await labPort();
  server.listen(port, host);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { address: host, port };
}

/** Addresses with a fault of their own, and what an error says of each. */
const FAULTS: Readonly<Record<string, { at: (lab: Lab) => Promise<Endpoint>; attempt: object }>> = {
  'nobody listens': {
    at: async () => ({ address: '127.0.0.2', port: await labPort() }),
    attempt: { outcome: 'failed', code: 'network.refused' },
  },
  'a firewall drops what comes': {
    at: async () => ({ address: '127.0.0.3', port: await startBlackhole('127.0.0.3') }),
    attempt: { outcome: 'pending', code: 'network.timeout' },
  },
  'a dead address of IPv6': {
    at: async () => ({ address: '::1', port: await startBlackhole('::1') }),
    attempt: { outcome: 'pending', code: 'network.timeout' },
  },
  'a refused address of IPv6': {
    at: async () => ({ address: '::1', port: await labPort() }),
    attempt: { outcome: 'failed', code: 'network.refused' },
  },
  'it resets what it took': {
    at: () => startRaw('127.0.0.4', (socket) => socket.resetAndDestroy()),
    attempt: { outcome: 'failed', code: 'network.reset' },
  },
  'it closes what it took': {
    at: () => startRaw('127.0.0.5', (socket) => socket.resume().end()),
    attempt: { outcome: 'failed' },
  },
  'it never answers the handshake': {
    at: () => startRaw('127.0.0.6', (socket) => socket.on('error', () => undefined).resume()),
    attempt: { outcome: 'pending', code: 'network.timeout', reason: 'did not end the TLS handshake' },
  },
  'no TLS at all': {
    at: () =>
      startRaw('127.0.0.7', (socket) =>
        socket
          .on('error', () => undefined)
          .resume()
          .end('HTTP/1.1 400 Bad\r\n\r\n'),
      ),
    attempt: { outcome: 'failed' },
  },
  'a certificate for another name': {
    at: async (lab) => strangerAt(lab, '127.0.0.8', await (await trustedAuthority()).issue(['eve.test'])),
    attempt: { outcome: 'failed', code: 'tls.name' },
  },
  'a certificate of nobody': {
    at: async (lab) => strangerAt(lab, '127.0.0.9', await (await makeAuthority('Eve')).issue(['cl-o.bob.test'])),
    attempt: { outcome: 'failed', code: 'tls.untrusted' },
  },
};

async function strangerAt(lab: Lab, host: string, tls: object): Promise<Endpoint> {
  const { port } = await lab.stranger(host, (_, response) => answer(response, 'wrong'), tls);
  return { address: host, port };
}

function place(lab: Lab, [first, ...others]: Endpoint[]): void {
  lab.network.endpoints['bob.test'] = { ...(first as Endpoint), others };
}

async function startBob(lab: Lab): Promise<{ bob: Peer; at: Endpoint }> {
  const bob = await lab.peer('bob.test', (_, response) => answer(response, 1));
  return { bob, at: { address: '127.0.0.1', port: bob.port } };
}

function openSockets(): number {
  return readdirSync('/proc/self/fd').length;
}

it.each(Object.entries(FAULTS))('%s: the other address is used, first or last', async (_name, { at, attempt }) => {
  const lab = await startLab({ timeout: 4_000 });
  const { bob, at: good } = await startBob(lab);
  const bad = await at(lab);
  place(lab, [bad, good]);
  const response = await lab.requester.get(URL);
  expect(response).toMatchObject({ status: 200, remoteAddress: '127.0.0.1' });
  expect(response.timings.tried).toMatchObject([{ address: bad.address }, { outcome: 'connected' }]);
  place(lab, [bad]);
  await bob.close();
  const error = await failureOf(lab.requester.get('https://bob.test/', { timeout: 700 }));
  expect(error.details?.['attempts']).toMatchObject([{ address: bad.address, ...attempt }]);
});

it('an error tells of every kind of fault, and leaves no socket open', async () => {
  const lab = await startLab({ timeout: 4_500 });
  // ::1 is in two rows: one of them is enough here.
  const rows = Object.values(FAULTS).filter((_, at) => at !== 3);
  const bad = await Promise.all(rows.map(({ at }) => at(lab)));
  place(lab, bad);
  lab.dns.names.set('cl-o.bob.test', ['127.0.0.1']);
  const before = openSockets();
  const begun = performance.now();
  const error = await failureOf(lab.requester.get(URL));
  expect(performance.now() - begun).toBeLessThan(9_000);
  const attempts = error.details?.['attempts'] as { address: string }[];
  for (const [at, { address }] of bad.entries()) {
    expect(attempts.find((each) => each.address === address)).toMatchObject(rows[at]?.attempt ?? {});
    expect(error.message).toContain(address);
  }
  await expect.poll(openSockets).toBeLessThanOrEqual(before);
});

it.each([20, 32])('the last of %i addresses lives', async (count) => {
  const lab = await startLab();
  const { at } = await startBob(lab);
  const port = await labPort();
  const dead = Array.from({ length: count - 1 }, (_, n) => ({ address: `127.0.1.${n + 1}`, port }));
  place(lab, [...dead, at]);
  expect(await lab.requester.get(URL)).toMatchObject({ status: 200 });
});

it('an error names the addresses whose turn never came', async () => {
  const lab = await startLab();
  await startBob(lab);
  const port = await startBlackhole('127.0.0.3');
  place(lab, [
    { address: '127.0.0.3', port },
    { address: '127.0.0.10', port },
    { address: '127.0.0.11', port },
  ]);
  const error = await failureOf(lab.requester.get(URL, { timeout: 200 }));
  expect(error).toMatchObject({ code: 'network.timeout', stage: 'connect' });
  expect(error.details?.['attempts']).toMatchObject([
    { address: '127.0.0.3', outcome: 'pending' },
    { address: '127.0.0.10', outcome: 'untried' },
    { address: '127.0.0.11', outcome: 'untried' },
  ]);
});

it('a bus goes past each fault, too', async () => {
  const lab = await startLab();
  const { bob, at: good } = await startBob(lab);
  const sockets = new WebSocketServer({ noServer: true });
  bob.server.on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (made) =>
      made.on('message', (data) => made.send(JSON.stringify({ id: JSON.parse(data.toString()).id, cmd: 'ack' }))),
    ),
  );
  const bad = await Promise.all(Object.values(FAULTS).map(({ at }) => at(lab)));
  place(lab, [...bad, good]);
  const client = createBusClient({ network: lab.network, timeout: 8_000 });
  onTestFinished(() => client.close());
  const bus = await client.connect('bob.test', { bearer: 'x', onFrame: () => undefined });
  bus.close();
  await expect(bus.ended).resolves.toBeUndefined();
});
