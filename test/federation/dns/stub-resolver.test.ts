import * as packet from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { addressesOf } from '../../../src/federation/dns/resolver.ts';
import { createStubResolver } from '../../../src/federation/dns/stub-resolver.ts';
import { authority, codeOf, record, reply, scripted, zone } from '../../support/dns-servers.ts';

const quick = { timeout: 150, tries: 1 };

/** `a0.test → a1.test → … → a<n>.test`, the last with an address. */
const chainOf = (n: number) => [
  ...Array.from({ length: n }, (_, i) => record(`a${i}.test`, 'CNAME', `a${i + 1}.test`)),
  record(`a${n}.test`, 'A', '192.0.2.1'),
];

describe('createStubResolver', () => {
  it('finds addresses and tells what is absent', async () => {
    const { server } = await authority([zone('test', record('a.test', 'A', '192.0.2.1'))]);
    const { lookup } = createStubResolver({ servers: [server], ...quick });
    expect(addressesOf(await lookup('A.test.', 'A'))).toEqual(['192.0.2.1']);
    expect((await lookup('a.test', 'AAAA')).status).toBe('nodata');
    expect((await lookup('b.test', 'A')).status).toBe('nxdomain');
  });

  it('follows aliases through one answer and through several', async () => {
    const one = await authority([
      zone('test', record('a.test', 'CNAME', 'b.test'), record('b.test', 'CNAME', 'c.example')),
      zone('example', record('c.example', 'AAAA', '2001:db8::1')),
    ]);
    const result = await createStubResolver({ servers: [one.server], ...quick }).lookup('a.test', 'AAAA');
    expect(result).toMatchObject({ status: 'found', chain: ['b.test', 'c.example'] });
    expect(one.asked).toEqual(['a.test/AAAA', 'c.example/AAAA']);
  });

  it('says that the target of an alias is missing', async () => {
    const { server } = await authority([zone('test', record('a.test', 'CNAME', 'gone.test'))]);
    const result = await createStubResolver({ servers: [server], ...quick }).lookup('a.test', 'A');
    expect(result).toMatchObject({ status: 'nxdomain', chain: ['gone.test'] });
  });

  it('takes eight aliases and not nine', async () => {
    const { server } = await authority([zone('test', ...chainOf(8))]);
    const { lookup } = createStubResolver({ servers: [server], ...quick });
    expect((await lookup('a0.test', 'A')).chain).toHaveLength(8);
    const { server: longer } = await authority([zone('test', ...chainOf(9))]);
    expect(await codeOf(createStubResolver({ servers: [longer], ...quick }).lookup('a0.test', 'A'))).toBe('dns.chain');
  });

  it.each([
    ['at itself', [record('a.test', 'CNAME', 'a.test')]],
    ['in a circle of two', [record('a.test', 'CNAME', 'b.test'), record('b.test', 'CNAME', 'a.test')]],
    [
      'in a circle further on',
      [record('a.test', 'CNAME', 'b.test'), record('b.test', 'CNAME', 'c.test'), record('c.test', 'CNAME', 'b.test')],
    ],
  ])('sees aliases that point %s', async (_, records) => {
    const { server } = await authority([zone('test', ...records)]);
    expect(await codeOf(createStubResolver({ servers: [server], ...quick }).lookup('a.test', 'A'))).toBe('dns.loop');
  });

  it.each([
    ['SERVFAIL', 2, 'dns.servfail'],
    ['REFUSED', 5, 'dns.refused'],
    ['NOTAUTH', 9, 'dns.rcode'],
  ])('tells %s apart', async (_, rcode, code) => {
    const { server } = await scripted((query) => [reply(query, rcode)]);
    expect(await codeOf(createStubResolver({ servers: [server], ...quick }).lookup('a.test', 'A'))).toBe(code);
  });

  it('asks the next server when one gives nothing usable', async () => {
    const silent = await scripted(() => []);
    const failing = await scripted((query) => [reply(query, 2)]);
    const good = await authority([zone('test', record('a.test', 'A', '192.0.2.1'))]);
    const resolver = createStubResolver({ servers: [silent.server, failing.server, good.server], ...quick });
    expect((await resolver.lookup('a.test', 'A')).status).toBe('found');
  });

  it('takes "this does not exist" from the first server that says so', async () => {
    const first = await authority([zone('test')]);
    const second = await authority([zone('test', record('a.test', 'A', '192.0.2.1'))]);
    const resolver = createStubResolver({ servers: [first.server, second.server], ...quick });
    expect((await resolver.lookup('a.test', 'A')).status).toBe('nxdomain');
    expect(second.asked).toEqual([]);
  });

  it('does not take a referral for proof of absence', async () => {
    const { server } = await authority([zone('test', record('a.test', 'NS', 'ns.elsewhere.example'))]);
    expect(await codeOf(createStubResolver({ servers: [server], ...quick }).lookup('www.a.test', 'A'))).toBe(
      'dns.lame',
    );
  });

  it('passes on that the resolver validated the answer', async () => {
    const { server } = await scripted((query) => [
      {
        ...reply(query, 0, packet.AUTHENTIC_DATA | packet.RECURSION_AVAILABLE),
        answers: [{ name: 'a.test', type: 'A', data: '192.0.2.1' }],
      },
    ]);
    const result = await createStubResolver({ servers: [server], ...quick }).lookup('a.test', 'A');
    expect(result.authenticated).toBe(true);
  });

  it('says so when there is no server at all', async () => {
    expect(await codeOf(createStubResolver({ servers: [] }).lookup('a.test', 'A'))).toBe('dns.unreachable');
  });

  it('ignores records of another name, class or type in an answer', async () => {
    const { server } = await scripted((query) => [
      {
        ...reply(query, 0, packet.RECURSION_AVAILABLE),
        answers: [
          { name: 'b.test', type: 'A', data: '192.0.2.66' },
          { name: 'a.test', type: 'A', class: 'CH', data: '192.0.2.67' },
          { name: 'a.test', type: 'TXT', data: 'v=spf1' },
        ],
      },
    ]);
    const result = await createStubResolver({ servers: [server], ...quick }).lookup('a.test', 'A');
    expect(result).toMatchObject({ status: 'nodata', records: [] });
  });
});
