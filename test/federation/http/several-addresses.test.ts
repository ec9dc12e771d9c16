import { isIP } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { createBusClient } from '../../../src/federation/bus/bus-client.ts';
import { askServer } from '../../../src/federation/dns/ask-server.ts';
import { endpointsOf, firstEndpointsOf } from '../../../src/federation/http/reachable-endpoints.ts';
import { errorToObject } from '../../../src/protocol/errors.ts';
import { startBlackhole } from '../../support/blackhole.ts';
import { failureOf } from '../../support/failure.ts';
import { answer, type Lab, type Peer, startLab } from '../../support/lab.ts';
import { labPort } from '../../support/lab-port.ts';
import { startNameServer } from '../../support/name-server.ts';
import { recordSpans } from '../../support/recorded-spans.ts';

const URL = 'https://cl-o.bob.test/api/me';

/** A peer behind an address that drops what comes. */
async function behindBlackhole(lab: Lab): Promise<Peer> {
  const bob = await lab.peer('bob.test', (_, response) => answer(response, 1));
  const port = await startBlackhole('127.0.0.2');
  lab.network.endpoints['bob.test'] = {
    address: '127.0.0.2',
    port,
    others: [{ address: '127.0.0.1', port: bob.port }],
  };
  return bob;
}

it('a request reaches a peer whose first address does not answer, and tells which one did', async () => {
  const { observer, spans } = recordSpans();
  const lab = await startLab({ observer });
  await behindBlackhole(lab);
  const response = await lab.requester.get(URL);
  expect(response).toMatchObject({
    status: 200,
    remoteAddress: '127.0.0.1',
    timings: {
      address: '127.0.0.1',
      tried: [
        { address: '127.0.0.2', outcome: 'pending', code: 'network.timeout', reason: 'did not answer' },
        { address: '127.0.0.1', outcome: 'connected' },
      ],
    },
  });
  expect(response.timings.connect).toBeGreaterThan(245);
  expect(spans.find(({ name }) => name === 'GET')?.facts).toMatchObject({ 'network.peer.address': '127.0.0.1' });
  const connects = spans.filter(({ name }) => name === 'connect').map(({ facts }) => facts);
  expect(connects).toMatchObject([
    { 'network.peer.address': '127.0.0.2', 'cloudillo.given_up': true },
    { 'network.peer.address': '127.0.0.1' },
  ]);
  const again = await lab.requester.get(URL);
  expect(again.timings).toMatchObject({ reused: true, address: '127.0.0.1' });
  expect(again.timings).not.toHaveProperty('tried');
});

it('an error lists every address, each with its own reason, in text and as data', async () => {
  const lab = await startLab({ timeout: 1_000 });
  const bob = await behindBlackhole(lab);
  await bob.close();
  const silent = await failureOf(lab.requester.get(URL));
  const attempts = [
    { address: '127.0.0.2', outcome: 'pending', code: 'network.timeout', reason: 'did not answer' },
    { address: '127.0.0.1', outcome: 'failed', code: 'network.refused', reason: 'refused the connection' },
  ];
  expect(silent).toMatchObject({ code: 'network.timeout', stage: 'connect', retryable: true, details: { attempts } });
  expect(silent.message).toContain('(127.0.0.2 did not answer, 127.0.0.1 refused the connection)');
  expect(JSON.parse(JSON.stringify(errorToObject(silent)))).toMatchObject({ details: { attempts } });

  lab.network.endpoints['bob.test'] = {
    address: '127.0.0.3',
    port: bob.port,
    others: [{ address: '127.0.0.4', port: bob.port }],
  };
  const refused = await failureOf(lab.requester.get(URL));
  expect(refused).toMatchObject({
    code: 'network.refused',
    stage: 'connect',
    details: { attempts: [{ address: '127.0.0.3' }, { address: '127.0.0.4' }] },
  });
  expect(refused.message).toContain('127.0.0.3 refused the connection, 127.0.0.4 refused the connection');
});

it('a name with hundreds of addresses makes nobody scan a network, and keeps no list of them', async () => {
  const resolver = (addresses: string[]) => ({
    resolve: async () => addresses.map((address) => ({ address, family: isIP(address) })),
    close: () => undefined,
  });
  const many = ['8.8.0.0', ...Array.from({ length: 300 }, (_, index) => `8.8.${index >> 8}.${index & 255}`)];

  const endpoints = await endpointsOf({ kind: 'public' }, resolver([...many, '2606:4700::1']), 'a.test', 443);
  expect(endpoints).toHaveLength(32);
  // Each once, and each family has its turn all the same.
  expect(new Set(endpoints.map(({ address }) => address)).size).toBe(32);
  expect(endpoints[1]).toEqual({ address: '2606:4700::1', port: 443 });
  const error = await failureOf(endpointsOf({ kind: 'public' }, resolver([...many, '10.0.0.5']), 'a.test', 443));
  expect(error.details?.['attempts']).toHaveLength(32);
  expect(error.details?.['attempts']).toMatchObject([
    { address: '10.0.0.5', outcome: 'blocked' },
    {},
    ...Array(30).fill({}),
  ]);
});

it('a DNS server that never answers for one family delays no request', async () => {
  // Waiting for it would take the whole time.
  const lab = await startLab({ timeout: 3_000 });
  await lab.peer('bob.test', (_, response) => answer(response, 1));
  const { address, port } = await startNameServer({ 'cl-o.bob.test': ['127.0.0.1'], 'cl-o.bob.test/AAAA': 'silence' });
  lab.network.dns = { address, port };
  expect(await lab.requester.get(URL)).toMatchObject({ status: 200 });
});

it('addresses that become known later are tried, private ones are not', async () => {
  const found = (address: string) => ({ address, family: isIP(address) });
  const resolver = {
    resolve: () => Promise.reject(new Error('nobody waits for all')),
    resolveFirst: async () => ({
      addresses: [found('8.8.8.8')],
      later: Promise.resolve(['2606:4700::1', 'fd00::1', '::1'].map(found)),
    }),
  };
  const { endpoints, later } = await firstEndpointsOf({ kind: 'public' }, resolver, 'a.test', 443);
  expect(endpoints).toEqual([{ address: '8.8.8.8', port: 443 }]);
  expect(await later).toEqual([{ address: '2606:4700::1', port: 443 }]);
});

it('a request that only waited for another one is not called a failed lookup', async () => {
  const lab = await startLab();
  const bob = await lab.peer('bob.test', () => {});
  const controller = new AbortController();
  const eight = Array.from({ length: 8 }, () =>
    lab.requester.get(URL, { signal: controller.signal }).catch(() => null),
  );
  await expect.poll(() => bob.requests.length).toBe(8);
  const error = await failureOf(lab.requester.get(URL, { timeout: 300 }));
  expect(error).toMatchObject({ code: 'network.timeout', stage: 'request', retryable: true });
  controller.abort();
  await Promise.all(eight);
});

it('the address guard names each address, and why', async () => {
  const lab = await startLab();
  lab.dns.names.set('mixed.test', ['8.8.8.8', '10.0.0.5']);
  const error = await failureOf(lab.requester.get('https://mixed.test/'));
  expect(error).toMatchObject({
    code: 'network.address-blocked',
    details: {
      address: '10.0.0.5',
      attempts: [
        {
          address: '10.0.0.5',
          outcome: 'blocked',
          code: 'network.address-blocked',
          reason: 'is not a public address (private)',
        },
        { address: '8.8.8.8', outcome: 'untried' },
      ],
    },
  });
});

it('a bus reaches a peer whose first address does not answer', async () => {
  const lab = await startLab();
  const bob = await behindBlackhole(lab);
  const sockets = new WebSocketServer({ noServer: true });
  bob.server.on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (made) =>
      made.on('message', (data) => made.send(JSON.stringify({ id: JSON.parse(data.toString()).id, cmd: 'ack' }))),
    ),
  );
  const client = createBusClient({ network: lab.network, timeout: 5_000 });
  onTestFinished(() => client.close());
  const bus = await client.connect('bob.test', { bearer: 'x', onFrame: () => undefined });
  bus.close();
  await expect(bus.ended).resolves.toBeUndefined();
});

it('a bus that no address answers tells of each', async () => {
  const lab = await startLab();
  const bob = await behindBlackhole(lab);
  await bob.close();
  const client = createBusClient({ network: lab.network, timeout: 1_000 });
  onTestFinished(() => client.close());
  const error = await failureOf(client.connect('bob.test', { bearer: 'x', onFrame: () => undefined }));
  expect(error).toMatchObject({
    code: 'network.timeout',
    stage: 'connect',
    details: { attempts: [{ address: '127.0.0.2' }, { address: '127.0.0.1', code: 'network.refused' }] },
  });
});

it('DNS over HTTPS tells of each address of its server', async () => {
  const port = await labPort();
  const server = { transport: 'https', url: `https://localhost:${port}/dns-query` } as const;
  const error = await failureOf(askServer(server, { name: 'a.test', type: 'A' }, { recurse: true, tries: 1 }));
  expect(error.code).toBe('dns.unreachable');
  expect(error.details?.['attempts']).toContainEqual(
    expect.objectContaining({ address: '127.0.0.1', code: 'network.refused' }),
  );
  expect(error.message).toContain('127.0.0.1 refused the connection');
});
