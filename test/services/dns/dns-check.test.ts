import { describe, expect, it } from 'vitest';
import type { SandboxNetwork } from '../../../src/federation/http/network.ts';
import type { ZoneRecord } from '../../../src/sandbox/dns/zone.ts';
import { checkDns } from '../../../src/services/dns/dns-check.ts';
import type { DnsCheckInput } from '../../../src/services/dns/plan.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { authority, codeOf, record, reply, scripted, zone } from '../../support/dns-servers.ts';

const A = record.bind(null, 'alice.example.com', 'A');
const api = 'cl-o.alice.example.com';

/** What a check says when the zone example.com holds these records. */
async function check(records: ZoneRecord[], input: Partial<DnsCheckInput> = {}) {
  const { port } = await authority([zone('example.com', ...records), zone('example.net', ...records)]);
  return checkDns(
    { network: { kind: 'public' }, clock: systemClock },
    { idTag: 'alice.example.com', resolvers: [`127.0.0.1:${port}`], timeout: 300, ...input },
  );
}

const verdicts = (report: Awaited<ReturnType<typeof check>>) => report.resolvers[0]?.names.map((name) => name.verdict);

describe('checkDns', () => {
  it('is right when both names lead to the expected address', async () => {
    const report = await check([A('192.0.2.1'), record(api, 'A', '192.0.2.1')], { expect: ['192.0.2.1'] });
    expect(report).toMatchObject({ verdict: 'ok', expected: ['192.0.2.1'], appDomain: 'alice.example.com' });
    expect(report.records).toMatchObject({ add: [], remove: [] });
  });

  it('compares the names with each other when nothing is expected', async () => {
    const same = await check([A('192.0.2.1'), record(api, 'A', '192.0.2.1')]);
    expect([same.verdict, same.resolvers[0]?.sameServer]).toEqual(['ok', true]);
    const other = await check([A('192.0.2.2'), record(api, 'A', '192.0.2.1')]);
    expect([verdicts(other), other.resolvers[0]?.sameServer]).toEqual([['ok', 'address'], false]);
  });

  it('sees the same server through an alias of one by the other', async () => {
    const report = await check([record(api, 'CNAME', 'alice.example.com'), A('192.0.2.1')]);
    expect(report.verdict).toBe('ok');
  });

  it('sees the same server by one common address of many, of any family', async () => {
    const report = await check(
      [A('192.0.2.7'), record('alice.example.com', 'AAAA', '2001:db8::1'), record(api, 'AAAA', '2001:db8::1')],
      { expect: ['2001:0DB8:0::1'] },
    );
    expect(verdicts(report)).toEqual(['ok', 'ok']);
  });

  it('takes a name as what is expected: anywhere in the chain, or by its addresses', async () => {
    const records = [
      record(api, 'CNAME', 'lb.example.net'),
      record('lb.example.net', 'CNAME', 'lb7.example.net'),
      record('lb7.example.net', 'A', '192.0.2.1'),
      A('192.0.2.1'),
    ];
    expect((await check(records, { expect: ['lb.example.net'] })).verdict).toBe('ok');
    expect((await check(records, { expect: ['LB7.example.net.'] })).verdict).toBe('ok');
    expect(verdicts(await check(records, { expect: ['alice.example.com'] }))).toEqual(['ok', 'ok']);
  });

  it('needs one of several expected, not all', async () => {
    const records = [A('192.0.2.1'), record(api, 'A', '192.0.2.2')];
    expect((await check(records, { expect: ['192.0.2.1', '192.0.2.2'] })).verdict).toBe('ok');
    expect(verdicts(await check(records, { expect: ['192.0.2.2'] }))).toEqual(['ok', 'address']);
  });

  it('tells a missing name, a name without address and an alias into nothing apart', async () => {
    const nodata = await check([record(`x.${api}`, 'A', '192.0.2.1')]);
    expect(nodata.resolvers[0]?.names.map((name) => name.status)).toEqual(['nodata', 'nodata']);
    const nothing = await check([]);
    expect(nothing.resolvers[0]?.names.map((name) => name.status)).toEqual(['nxdomain', 'nxdomain']);
    const alias = await check([record(api, 'CNAME', 'no.example.com'), A('192.0.2.1')]);
    expect(alias.resolvers[0]?.names[0]).toMatchObject({
      status: 'nxdomain',
      verdict: 'nodns',
      chain: ['no.example.com'],
    });
  });

  it.each([
    ['SERVFAIL', 2, 'dns.servfail'],
    ['REFUSED', 5, 'dns.refused'],
  ])('cannot tell when the resolver says %s', async (_, rcode, code) => {
    const { port } = await scripted((query) => [reply(query, rcode)]);
    const report = await check([], { resolvers: [`127.0.0.1:${port}`] });
    expect(report.verdict).toBe('transient');
    expect(report.resolvers[0]?.names[0]?.error?.code).toBe(code);
    expect(report.records.add).toEqual([]);
  });

  it('does not call it another server while one family could not be looked up', async () => {
    const { port } = await scripted((query) => {
      const question = query.questions?.[0];
      if (question?.type !== 'A') return [reply(query, 2)];
      return [{ ...reply(query, 0, 1 << 7), answers: [{ name: question.name, type: 'A', data: '192.0.2.1' }] }];
    });
    const resolvers = [`127.0.0.1:${port}`];
    expect((await check([], { resolvers, expect: ['192.0.2.9'] })).verdict).toBe('transient');
    expect((await check([], { resolvers, expect: ['192.0.2.1'] })).verdict).toBe('ok');
  });

  it('lets a proven failure outrank one that could not tell', async () => {
    const silent = await scripted(() => []);
    const empty = await authority([zone('example.com')]);
    const resolvers = [`127.0.0.1:${silent.port}`, `127.0.0.1:${empty.port}`];
    const report = await check([], { resolvers, timeout: 100 });
    expect(report.resolvers.map(({ verdict }) => verdict)).toEqual(['transient', 'nodns']);
    expect(report.verdict).toBe('nodns');
  });

  it('names the addresses that lead elsewhere beside the right one', async () => {
    const records = [A('192.0.2.1'), A('203.0.113.9'), record(api, 'A', '192.0.2.1')];
    const report = await check(records, { expect: ['192.0.2.1'] });
    expect(report.verdict).toBe('ok');
    expect(report.resolvers[0]?.names.map(({ stray }) => stray)).toEqual([[], ['203.0.113.9']]);
  });

  it.each([
    ['10.0.0.5', 'A', 'private'],
    ['192.168.1.10', 'A', 'private'],
    ['172.16.0.1', 'A', 'private'],
    ['0.0.0.0', 'A', 'unspecified'],
    ['127.0.0.1', 'A', 'loopback'],
    ['169.254.169.254', 'A', 'linkLocal'],
    ['100.64.0.1', 'A', 'carrierGradeNat'],
    ['fd00::1', 'AAAA', 'uniqueLocal'],
    ['fe80::1', 'AAAA', 'linkLocal'],
    ['::', 'AAAA', 'unspecified'],
    ['::ffff:10.0.0.5', 'AAAA', 'private'],
    ['64:ff9b::a00:5', 'AAAA', 'private'],
  ] as const)(
    'never calls %s right, also where it is expected: every peer refuses it',
    async (address, type, range) => {
      const records = [record('alice.example.com', type, address), record(api, type, address)];
      for (const expect_ of [undefined, [address]]) {
        const report = await check(records, expect_ ? { expect: expect_ } : {});
        expect(report.verdict).toBe('address');
        expect(report.resolvers[0]?.names.map(({ blocked }) => blocked)).toMatchObject([[{ range }], [{ range }]]);
        expect(report.records).toMatchObject({ add: [], remove: [] });
      }
    },
  );

  it('refuses a name for one private address beside a public one, and takes it out', async () => {
    const records = [A('8.8.8.8'), A('10.0.0.5'), record(api, 'A', '8.8.8.8')];
    const report = await check(records, { expect: ['8.8.8.8'] });
    expect(verdicts(report)).toEqual(['ok', 'address']);
    expect(report.records.remove).toMatchObject([{ name: 'alice.example.com', data: '10.0.0.5' }]);
  });

  it('takes the addresses of a sandbox as its network file says, and no others', async () => {
    const { port } = await authority([
      zone('test', record('alice.test', 'A', '127.0.0.1'), record('cl-o.alice.test', 'A', '127.0.0.1')),
    ]);
    const inSandbox = (endpoints: SandboxNetwork['endpoints']) =>
      checkDns(
        { network: { kind: 'sandbox', dns: { address: '127.0.0.1', port }, ca: '', endpoints }, clock: systemClock },
        { idTag: 'alice.test', timeout: 300 },
      );
    expect((await inSandbox({ 'alice.test': { address: '127.0.0.1', port: 8443 } })).verdict).toBe('ok');
    expect((await inSandbox({ 'bob.test': { address: '127.0.0.1', port: 8443 } })).verdict).toBe('address');
  });

  it('walks in a sandbox from its own server, never from the public root', async () => {
    const { port, asked } = await authority([
      zone('test', record('alice.test', 'A', '127.0.0.1'), record('cl-o.alice.test', 'A', '127.0.0.1')),
    ]);
    const endpoints = { 'alice.test': { address: '127.0.0.1', port: 8443 } };
    const network: SandboxNetwork = { kind: 'sandbox', dns: { address: '127.0.0.1', port }, ca: '', endpoints };
    const input = { idTag: 'alice.test', timeout: 300, authoritative: true };
    expect((await checkDns({ network, clock: systemClock }, input)).verdict).toBe('ok');
    expect(asked.length).toBeGreaterThan(0);
  });

  it('takes an IPv6 address in brackets', async () => {
    const address = '2606:4700:4700::1111';
    const records = [record('alice.example.com', 'AAAA', address), record(api, 'AAAA', address)];
    expect(await check(records, { expect: [`[${address}]`] })).toMatchObject({ verdict: 'ok', expected: [address] });
  });

  it('checks another app domain than the idTag', async () => {
    const records = [record(api, 'A', '192.0.2.1'), record('www.example.net', 'A', '192.0.2.1')];
    const report = await check(records, { appDomain: 'www.example.net' });
    expect(report).toMatchObject({ verdict: 'ok', appDomain: 'www.example.net' });
  });

  it('asks for the names of an internationalised identity as A-labels', async () => {
    const records = [
      record('cl-o.xn--mnchen-3ya.example.com', 'A', '192.0.2.1'),
      record('xn--mnchen-3ya.example.com', 'A', '192.0.2.1'),
    ];
    const report = await check(records, { idTag: 'MÜNCHEN.example.com' });
    expect(report).toMatchObject({ verdict: 'ok', idTag: 'münchen.example.com' });
  });

  it('shows the CAA records that count for a name', async () => {
    const caa = {
      name: 'example.com',
      type: 'CAA',
      ttl: 60,
      data: { flags: 0, tag: 'issue', value: 'ca.example' },
    } as const;
    const report = await check([A('192.0.2.1'), record(api, 'A', '192.0.2.1'), caa]);
    expect(report.resolvers[0]?.names[0]?.caa).toEqual({
      at: 'example.com',
      records: [{ tag: 'issue', value: 'ca.example', critical: false }],
      error: null,
    });
  });

  it('walks from the root it is given', async () => {
    const root = await authority([zone('', record('com', 'NS', 'ns.com'), record('ns.com', 'A', '127.0.0.1'))]);
    const zones = [zone('com', record(api, 'A', '192.0.2.1'), A('192.0.2.1'))];
    await authority(zones, { address: '127.0.0.6', port: root.port });
    const report = await check([], { resolvers: [], root: `127.0.0.6:${root.port}` });
    expect(report.resolvers.map(({ resolver, verdict }) => [resolver, verdict])).toEqual([['authoritative', 'ok']]);
  });

  describe('records', () => {
    const add = async (records: ZoneRecord[], input: Partial<DnsCheckInput>) => {
      const { records: change } = await check(records, input);
      const text = (lines: typeof change.add) => lines.map(({ name, type, data }) => `${name} ${type} ${data}`);
      return { add: text(change.add), remove: text(change.remove), zone: change.zone };
    };

    it('names what to add for addresses of both families', async () => {
      expect(await add([], { expect: ['192.0.2.1', '2001:db8::1'] })).toEqual({
        zone: 'example.com',
        add: [
          `${api} A 192.0.2.1`,
          `${api} AAAA 2001:db8::1`,
          'alice.example.com A 192.0.2.1',
          'alice.example.com AAAA 2001:db8::1',
        ],
        remove: [],
      });
    });

    it('names aliases for an expected name, but addresses at the apex of the zone', async () => {
      const server = record('server.example.net', 'A', '192.0.2.1');
      expect((await add([server], { expect: ['server.example.net'] })).add).toEqual([
        `${api} CNAME server.example.net`,
        'alice.example.com CNAME server.example.net',
      ]);
      const atApex = await add([server], { expect: ['server.example.net'], zone: 'alice.example.com' });
      expect(atApex.add).toEqual([`${api} CNAME server.example.net`, 'alice.example.com A 192.0.2.1']);
    });

    it('suggests where the server listens only when that is public and nothing else is known', async () => {
      expect((await add([], { listenHost: '198.51.100.7' })).add).toEqual([]);
      expect((await add([], { listenHost: '8.8.8.8' })).add).toHaveLength(2);
      expect((await add([], { listenHost: '8.8.8.8', expect: ['192.0.2.1'] })).add[0]).toBe(`${api} A 192.0.2.1`);
      for (const listenHost of ['127.0.0.1', '0.0.0.0', '::', '10.0.0.1', 'localhost']) {
        expect((await add([], { listenHost })).add).toEqual([]);
      }
    });

    it('says what is in the way', async () => {
      const records = [
        A('203.0.113.9'),
        record(api, 'CNAME', 'old.example.com'),
        record('old.example.com', 'A', '203.0.113.8'),
      ];
      expect(await add(records, { expect: ['192.0.2.1'] })).toMatchObject({
        add: [`${api} A 192.0.2.1`, 'alice.example.com A 192.0.2.1'],
        remove: [`${api} CNAME old.example.com`, 'alice.example.com A 203.0.113.9'],
      });
    });

    it('goes by the name that is right when nothing is expected', async () => {
      expect((await add([record(api, 'A', '192.0.2.1')], {})).add).toEqual(['alice.example.com A 192.0.2.1']);
      expect((await add([A('192.0.2.1')], {})).add).toEqual([`${api} A 192.0.2.1`]);
      expect((await add([], {})).add).toEqual([]);
    });
  });

  describe('--wait', () => {
    it('looks again until it is right', async () => {
      const records: ZoneRecord[] = [record(api, 'A', '192.0.2.1')];
      const served = zone('example.com', ...records);
      const { port } = await authority([served]);
      const pauses: unknown[] = [];
      const report = await checkDns(
        { network: { kind: 'public' }, clock: systemClock },
        { idTag: 'alice.example.com', resolvers: [`127.0.0.1:${port}`], wait: 20_000 },
        ({ stage, detail }) => {
          if (stage !== 'wait') return;
          pauses.push(detail);
          served.records.push(A('192.0.2.1'));
        },
      );
      expect([report.verdict, pauses.length]).toEqual(['ok', 1]);
    });

    it('gives up in time, with the last report', async () => {
      const failure = await check([], { wait: 50 }).catch((error) => error);
      expect(failure).toMatchObject({ code: 'wait.timeout', details: { report: { verdict: 'nodns' } } });
    });
  });

  it.each([
    ['an idTag', { idTag: 'no' }, 'usage.id-tag'],
    ['an expected address', { expect: ['192.0.2.300'] }, 'usage.expect'],
    ['an expected URL', { expect: ['https://example.net'] }, 'usage.expect'],
    ['an app domain', { appDomain: 'a b' }, 'usage.app-domain'],
    ['a long label', { appDomain: `${'x'.repeat(64)}.example` }, 'usage.app-domain'],
    ['a zone', { zone: '..' }, 'usage.zone'],
    ['a resolver', { resolvers: ['dns.example'] }, 'usage.resolver'],
    ['a root', { root: 'https://dns.example/dns-query' }, 'usage.resolver'],
  ])('refuses %s that is none', async (_, input, code) => {
    expect(await codeOf(check([], input))).toBe(code);
  });
});
