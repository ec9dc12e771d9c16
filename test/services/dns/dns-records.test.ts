import { describe, expect, it } from 'vitest';
import { suggestRecords } from '../../../src/services/dns/dns-records.ts';
import { codeOf } from '../../support/codes.ts';

const shapes = (idTag: string, ...addresses: string[]) =>
  suggestRecords(idTag, addresses).map(({ name, type, data }) => `${name} ${type} ${data}`);

describe('suggestRecords', () => {
  it('names both hosts, with A-labels, whatever the address is', () => {
    expect(shapes('alice.test', '203.0.113.7')).toEqual(['cl-o.alice.test A 203.0.113.7', 'alice.test A 203.0.113.7']);
    expect(shapes('münchen.test', '2001:db8::7')).toEqual([
      'cl-o.xn--mnchen-3ya.test AAAA 2001:db8::7',
      'xn--mnchen-3ya.test AAAA 2001:db8::7',
    ]);
    expect(shapes('alice.test', 'Server.Example.net.')).toEqual([
      'cl-o.alice.test CNAME server.example.net',
      'alice.test CNAME server.example.net',
    ]);
    expect(shapes('alice.test', '203.0.113.7', '2001:db8::7')).toHaveLength(4);
  });

  it('leaves a gap when no address is known', () => {
    expect(shapes('alice.test')).toEqual(['cl-o.alice.test null null', 'alice.test null null']);
  });

  it('takes an IPv6 address in brackets', () => {
    expect(shapes('alice.test', '[2606:4700:4700::1111]')[0]).toBe('cl-o.alice.test AAAA 2606:4700:4700::1111');
  });

  it.each([
    '10.0.0.5',
    '0.0.0.0',
    '127.0.0.1',
    '192.168.1.1',
    '169.254.1.1',
    '::1',
    '[::1]',
    '::',
    'fd00::7',
    'fe80::1',
  ])('suggests no record with %s, which no peer connects to, but in a network of its own', (address) => {
    expect(codeOf(() => suggestRecords('alice.test', [address]))).toBe('usage.address');
    expect(suggestRecords('alice.test', [address], { anyAddress: true })).toHaveLength(2);
  });

  it('takes long names of load balancers', () => {
    const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.elb.example.net`;
    expect(shapes('alice.test', long)[0]).toBe(`cl-o.alice.test CNAME ${long}`);
  });

  it.each([
    [['203.0.113.777']],
    [['203.0.113']],
    [['https://server.example.net']],
    [['server']],
    [['-a.example.net']],
    [['']],
    [['[203.0.113.7]']],
    [['2001:db8::zz']],
    [['server.example.net', '203.0.113.7']],
    [['a.example.net', 'b.example.net']],
  ])('refuses %j', (addresses) => {
    expect(codeOf(() => suggestRecords('alice.test', addresses))).toBe('usage.address');
  });
});
