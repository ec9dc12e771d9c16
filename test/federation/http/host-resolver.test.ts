import { describe, expect, it, onTestFinished } from 'vitest';
import { createHostResolver, type HostResolver } from '../../../src/federation/http/host-resolver.ts';
import { failureOf } from '../../support/failure.ts';
import { type NameAnswer, type NameServer, startNameServer } from '../../support/name-server.ts';

async function resolverWith(names: Record<string, NameAnswer>): Promise<{ resolver: HostResolver; dns: NameServer }> {
  const dns = await startNameServer(names);
  const resolver = createHostResolver({ kind: 'public', resolvers: [`${dns.address}:${dns.port}`] });
  onTestFinished(() => resolver.close());
  return { resolver, dns };
}

describe('a configured resolver', () => {
  it('answers the addresses of both families', async () => {
    const { resolver } = await resolverWith({ 'a.test': ['192.0.2.1', '2001:db8::1', '192.0.2.2'] });
    expect(await resolver.resolve('a.test')).toEqual([
      { address: '192.0.2.1', family: 4 },
      { address: '192.0.2.2', family: 4 },
      { address: '2001:db8::1', family: 6 },
    ]);
  });

  it.each([['192.0.2.1'], ['2001:db8::1']])('is content with one family (%s)', async (address) => {
    const { resolver } = await resolverWith({ 'a.test': [address] });
    expect(await resolver.resolve('a.test')).toMatchObject([{ address }]);
  });

  it.each([
    ['AAAA', '192.0.2.1'],
    ['A', '2001:db8::1'],
  ])('does not wait for a family that never answers (%s)', async (type, address) => {
    const { resolver } = await resolverWith({ 'a.test': [address], [`a.test/${type}`]: 'silence' });
    const { addresses, later } = await resolver.resolveFirst('a.test');
    expect(addresses).toMatchObject([{ address }]);
    expect(later).not.toBeNull();
    resolver.close();
    expect(await later).toEqual([]);
  });

  it('has both families at once when both answer', async () => {
    const { resolver } = await resolverWith({ 'a.test': ['192.0.2.1', '2001:db8::1'] });
    const { addresses, later } = await resolver.resolveFirst('a.test');
    expect(addresses.map(({ address }) => address)).toEqual(['192.0.2.1', '2001:db8::1']);
    expect(later).toBeNull();
  });

  it('waits for the family that may have an address, when the other one has none', async () => {
    const { resolver, dns } = await resolverWith({ 'a.test': [], 'a.test/AAAA': 'silence' });
    const found = resolver.resolveFirst('a.test');
    await expect.poll(() => dns.asked.filter((question) => question === 'a.test/AAAA').length).toBeGreaterThan(0);
    dns.names.set('a.test/AAAA', ['2001:db8::1']);
    expect((await found).addresses).toMatchObject([{ address: '2001:db8::1' }]);
  });

  it('asks once for all who ask at once, and again later', async () => {
    const { resolver, dns } = await resolverWith({ 'a.test': ['192.0.2.1'] });
    await Promise.all(Array.from({ length: 20 }, () => resolver.resolve('a.test')));
    expect(dns.asked.toSorted()).toEqual(['a.test/A', 'a.test/AAAA']);
    await resolver.resolve('a.test');
    expect(dns.asked).toHaveLength(4);
  });

  it('gives up when it is closed', async () => {
    const { resolver, dns } = await resolverWith({ 'a.test': 'silence' });
    const failure = failureOf(resolver.resolve('a.test'));
    await expect.poll(() => dns.asked.length).toBeGreaterThan(0);
    resolver.close();
    expect(await failure).toMatchObject({ code: 'dns.timeout', cause: { code: 'ECANCELLED' } });
  });

  it('names the command that finds out more, with the identity', async () => {
    const { resolver } = await resolverWith({});
    expect((await failureOf(resolver.resolve('cl-o.a.example.test'))).hint).toContain('dns-check a.example.test');
  });
});

it('the system resolves what every program on the machine can resolve', async () => {
  const resolver = createHostResolver({ kind: 'public' });
  onTestFinished(() => resolver.close());
  const addresses = await resolver.resolve('localhost');
  expect(addresses.map(({ address }) => address).some((address) => address === '127.0.0.1' || address === '::1')).toBe(
    true,
  );
});
