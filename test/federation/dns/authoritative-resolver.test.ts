import { describe, expect, it } from 'vitest';
import { createAuthoritativeResolver } from '../../../src/federation/dns/authoritative-resolver.ts';
import { addressesOf } from '../../../src/federation/dns/resolver.ts';
import type { Zone } from '../../../src/sandbox/dns/zone.ts';
import { authority, codeOf, record, reply, scripted, zone } from '../../support/dns-servers.ts';

/**
 * A small Internet on loopback: 127.0.0.1 is the root, the TLD `test` is at 127.0.0.2, `alice.test` at 127.0.0.3,
 * `example` and `cdn.example` at 127.0.0.4, all on the port that the root got.
 */
async function internet(change: { root?: Zone; test?: Zone; alice?: Zone | null; example?: Zone[] } = {}) {
  const root = await authority([
    change.root ??
      zone(
        '',
        record('test', 'NS', 'ns.nic.test'),
        record('ns.nic.test', 'A', '127.0.0.2'),
        record('example', 'NS', 'ns.example'),
        record('ns.example', 'A', '127.0.0.4'),
      ),
  ]);
  const at = (address: string) => ({ address, port: root.port });
  const tld = await authority(
    [
      change.test ??
        zone('test', record('alice.test', 'NS', 'ns.alice.test'), record('ns.alice.test', 'A', '127.0.0.3')),
    ],
    at('127.0.0.2'),
  );
  const alice =
    change.alice === null
      ? null
      : await authority(
          [
            change.alice ??
              zone(
                'alice.test',
                record('alice.test', 'A', '192.0.2.1'),
                record('cl-o.alice.test', 'CNAME', 'host.cdn.example'),
              ),
          ],
          at('127.0.0.3'),
        );
  const example = await authority(
    change.example ?? [zone('example'), zone('cdn.example', record('host.cdn.example', 'A', '192.0.2.9'))],
    at('127.0.0.4'),
  );
  const resolver = createAuthoritativeResolver({ roots: { addresses: ['127.0.0.1'], port: root.port }, timeout: 200 });
  return { resolver, root, tld, alice, example, at };
}

describe('createAuthoritativeResolver', () => {
  it('walks from the root to the zone', async () => {
    const { resolver, root, tld, alice } = await internet();
    const result = await resolver.lookup('alice.test', 'A');
    expect(addressesOf(result)).toEqual(['192.0.2.1']);
    expect(result.server).toContain('127.0.0.3');
    expect([root.asked, tld.asked, alice?.asked]).toEqual([['alice.test/A'], ['alice.test/A'], ['alice.test/A']]);
  });

  it('goes back to the root for an alias into another zone, and remembers delegations', async () => {
    const { resolver, root } = await internet();
    const result = await resolver.lookup('cl-o.alice.test', 'A');
    expect(result).toMatchObject({ status: 'found', chain: ['host.cdn.example'] });
    await resolver.lookup('cl-o.alice.test', 'AAAA');
    expect(root.asked).toEqual(['cl-o.alice.test/A', 'host.cdn.example/A']);
  });

  it('tells NXDOMAIN from no record', async () => {
    const { resolver } = await internet();
    expect((await resolver.lookup('nobody.test', 'A')).status).toBe('nxdomain');
    expect((await resolver.lookup('alice.test', 'AAAA')).status).toBe('nodata');
  });

  it('does not believe an authority about names elsewhere', async () => {
    const { resolver, at } = await internet({ alice: null });
    await scripted(
      (query) => [
        {
          ...reply(query, 0, 1 << 10),
          answers: [
            { name: 'cl-o.alice.test', type: 'CNAME', data: 'host.cdn.example' },
            { name: 'host.cdn.example', type: 'A', data: '203.0.113.66' },
          ],
        },
      ],
      at('127.0.0.3'),
    );
    expect(addressesOf(await resolver.lookup('cl-o.alice.test', 'A'))).toEqual(['192.0.2.9']);
  });

  it('does not take glue for a name outside the zone that sends it', async () => {
    const test = zone(
      'test',
      record('alice.test', 'NS', 'ns.example'),
      // Without the check this would be the server that is asked; nothing listens there.
      record('ns.example', 'A', '127.0.0.99'),
    );
    const { resolver, example } = await internet({
      test,
      alice: null,
      example: [
        zone('example', record('ns.example', 'A', '127.0.0.4')),
        zone('alice.test', record('alice.test', 'A', '192.0.2.7')),
      ],
    });
    expect(addressesOf(await resolver.lookup('alice.test', 'A'))).toEqual(['192.0.2.7']);
    expect(example.asked).toContain('ns.example/A');
  });

  it('asks a further server of the zone, and notes the lame one', async () => {
    const test = zone(
      'test',
      record('alice.test', 'NS', 'ns1.test'),
      record('alice.test', 'NS', 'ns2.test'),
      record('ns1.test', 'A', '127.0.0.5'),
      record('ns2.test', 'A', '127.0.0.3'),
    );
    const { resolver, at } = await internet({ test });
    await authority([zone('other.test')], at('127.0.0.5'));
    expect((await resolver.lookup('alice.test', 'A')).status).toBe('found');
    expect(resolver.failures).toEqual([
      expect.objectContaining({ zone: 'alice.test', host: 'ns1.test', address: '127.0.0.5', code: 'dns.lame' }),
    ]);
  });

  describe('with two servers for the zone', () => {
    const test = zone(
      'test',
      record('alice.test', 'NS', 'ns1.test'),
      record('alice.test', 'NS', 'ns2.test'),
      record('ns1.test', 'A', '127.0.0.3'),
      record('ns2.test', 'A', '127.0.0.5'),
    );
    const here = zone('alice.test', record('alice.test', 'A', '192.0.2.1'), record('alice.test', 'A', '192.0.2.2'));

    it.each([
      ['has another address', [record('alice.test', 'A', '192.0.2.9')]],
      ['has no address', [record('alice.test', 'AAAA', '2001:db8::1')]],
      ['does not know the name', []],
      ['has an alias', [record('alice.test', 'CNAME', 'host.cdn.example')]],
    ])('proves nothing while the second %s', async (_, records) => {
      const { resolver, at } = await internet({ test, alice: here });
      await authority([zone('alice.test', ...records)], at('127.0.0.5'));
      expect(await codeOf(resolver.lookup('alice.test', 'A'))).toBe('dns.inconsistent');
    });

    it('is content with an address in common', async () => {
      const { resolver, at } = await internet({ test, alice: here });
      const second = await authority([zone('alice.test', record('alice.test', 'A', '192.0.2.2'))], at('127.0.0.5'));
      expect((await resolver.lookup('alice.test', 'A')).status).toBe('found');
      expect(second.asked).toEqual(['alice.test/A']);
      expect(resolver.failures).toEqual([]);
    });

    it('notes the second when it does not do its part, whichever is asked first', async () => {
      const { resolver, at } = await internet({ test, alice: here });
      await scripted((query) => [reply(query, 5)], at('127.0.0.5'));
      expect((await resolver.lookup('alice.test', 'A')).status).toBe('found');
      expect(resolver.failures).toMatchObject([{ host: 'ns2.test', code: 'dns.lame', reason: 'REFUSED' }]);
    });
  });

  it.each([
    ['REFUSED', 5, 'dns.lame'],
    ['SERVFAIL', 2, 'dns.servfail'],
    ['an answer without authority', 0, 'dns.lame'],
    ['NOTIMP', 4, 'dns.rcode'],
  ])('tells what all servers of the zone say: %s', async (_, rcode, code) => {
    const { resolver, at } = await internet({ alice: null });
    await scripted((query) => [reply(query, rcode)], at('127.0.0.3'));
    expect(await codeOf(resolver.lookup('alice.test', 'A'))).toBe(code);
  });

  it('tells silence and a closed port apart from lameness', async () => {
    const { resolver, at } = await internet({ alice: null });
    expect(await codeOf(resolver.lookup('alice.test', 'A'))).toBe('dns.unreachable');
    await scripted(() => [], at('127.0.0.3'));
    expect(await codeOf(resolver.lookup('alice.test', 'A'))).toBe('dns.timeout');
  });

  it.each([
    ['up', 'test'],
    ['to itself', 'alice.test'],
    ['sideways', 'bob.test'],
  ])('does not follow a delegation that points %s', async (_, owner) => {
    const { resolver, at } = await internet({ alice: null });
    const { asked } = await scripted(
      (query) => [{ ...reply(query, 0), authorities: [{ name: owner, type: 'NS', data: 'ns.nic.test' }] }],
      at('127.0.0.3'),
    );
    expect(await codeOf(resolver.lookup('alice.test', 'A'))).toBe('dns.lame');
    expect(asked()).toBe(1);
  });

  it('sees that glue is missing', async () => {
    const { resolver } = await internet({ test: zone('test', record('alice.test', 'NS', 'ns.alice.test')) });
    expect(await codeOf(resolver.lookup('alice.test', 'A'))).toBe('dns.lame');
  });

  it('ends when two zones need each other', async () => {
    const test = zone('test', record('a.test', 'NS', 'ns.b.test'), record('b.test', 'NS', 'ns.a.test'));
    const { resolver } = await internet({ test });
    expect(await codeOf(resolver.lookup('www.a.test', 'A'))).toBe('dns.lame');
  });

  it('ends when a zone sends the walk ever further down', async () => {
    const { resolver, at } = await internet({ alice: null });
    const labels = Array.from({ length: 40 }, (_, i) => `l${i}`);
    const deep = `${labels.join('.')}.alice.test`;
    let depth = 0;
    await scripted((query) => {
      depth += 1;
      const cut = `${labels.slice(-depth).join('.')}.alice.test`;
      return [
        {
          ...reply(query, 0),
          authorities: [{ name: cut, type: 'NS', data: `ns.${cut}` }],
          additionals: [{ name: `ns.${cut}`, type: 'A', data: '127.0.0.3' }],
        },
      ];
    }, at('127.0.0.3'));
    expect(await codeOf(resolver.lookup(deep, 'A'))).toBe('dns.limit');
    expect(depth).toBeLessThan(30);
  });

  it('ends when a zone names a crowd of servers without addresses', async () => {
    const crowd = Array.from({ length: 500 }, (_, i) => record('alice.test', 'NS', `ns${i}.example`));
    const { resolver, example } = await internet({ test: zone('test', ...crowd) });
    expect(['dns.limit', 'dns.lame']).toContain(await codeOf(resolver.lookup('alice.test', 'A')));
    expect(example.asked.length).toBeLessThan(130);
  });

  it('sees a circle of aliases across zones', async () => {
    const { resolver } = await internet({
      example: [zone('example'), zone('cdn.example', record('host.cdn.example', 'CNAME', 'cl-o.alice.test'))],
    });
    expect(await codeOf(resolver.lookup('cl-o.alice.test', 'A'))).toBe('dns.loop');
  });
});
