import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assertPublicAddresses,
  blockedRange,
  isExampleAddress,
  unreachableRange,
} from '../../../src/federation/http/address-guard.ts';

describe('blockedRange', () => {
  it.each(['8.8.8.8', '1.1.1.1', '193.0.6.139', '2a00:1450:4001:80b::200e', '2606:4700:4700::1111'])(
    'lets the public address %s through',
    (address) => expect(blockedRange(address)).toBeNull(),
  );

  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'carrierGradeNat'],
    ['169.254.169.254', 'linkLocal'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['192.0.0.8', 'reserved'],
    ['192.0.2.1', 'reserved'],
    ['198.18.0.1', 'reserved'],
    ['198.51.100.7', 'reserved'],
    ['203.0.113.9', 'reserved'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['fe80::1', 'linkLocal'],
    ['fe80::1%eth0', 'linkLocal'],
    ['2606:4700:4700::1111%eth0', 'linkLocal'],
    ['fc00::1', 'uniqueLocal'],
    ['fd12:3456::1', 'uniqueLocal'],
    ['fec0::1', 'deprecatedSiteLocal'],
    ['ff02::1', 'multicast'],
    ['2001:db8::1', 'reserved'],
    ['3fff::1', 'reserved'],
    ['4000::1', 'reserved'],
    ['64:ff9b:1::808:808', 'rfc6052'],
    ['100::1', 'discard'],
  ])('refuses %s (%s)', (address, range) => expect(blockedRange(address)).toBe(range));

  it.each([
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['::127.0.0.1', 'loopback'],
    ['::ffff:0:169.254.169.254', 'linkLocal'],
    ['64:ff9b::10.0.0.1', 'private'],
    ['2002:7f00:0001::1', 'loopback'],
    ['2002:c0a8:0101::1', 'private'],
    ['2001:0:7f00:1::', 'loopback'],
    // Teredo: a public server (8.8.8.8), the client 10.0.0.1 with its bits flipped.
    ['2001:0:808:808:0:0:f5ff:fffe', 'private'],
  ])('judges %s by the IPv4 address inside (%s)', (address, range) => expect(blockedRange(address)).toBe(range));

  it.each(['::ffff:8.8.8.8', '64:ff9b::8.8.8.8', '2002:808:808::1'])('lets %s through: public inside', (address) => {
    expect(blockedRange(address)).toBeNull();
  });

  it.each(['', 'localhost', '127.0.0.1.', '1.2.3.4.5', 'gopher'])('refuses %j, which is no address', (address) => {
    expect(blockedRange(address)).toBe('unparsable');
  });

  it('judges an IPv4 address alike in each of its IPv6 disguises', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
        const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        const plain = blockedRange(address);
        for (const disguise of [`::ffff:${hex}`, `64:ff9b::${hex}`, `2002:${hex}::`]) {
          expect(blockedRange(disguise), disguise).toBe(plain);
        }
      }),
    );
  });

  it('lets no IPv6 address outside 2000::/3 through that carries no IPv4 address', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const first = Number.parseInt(address.split(':')[0] || '0', 16);
        fc.pre(first !== 0 && first !== 0x64 && first >> 13 !== 1);
        expect(blockedRange(address)).not.toBeNull();
      }),
    );
  });
});

describe('assertPublicAddresses', () => {
  it('refuses a host with one private address among public ones', () => {
    expect(() => assertPublicAddresses('mixed.example', ['8.8.8.8', '10.0.0.1'])).toThrow(
      expect.objectContaining({
        code: 'network.address-blocked',
        details: { host: 'mixed.example', address: '10.0.0.1', range: 'private' },
      }),
    );
  });
});

describe('unreachableRange', () => {
  it.each(['192.0.2.1', '198.51.100.7', '203.0.113.9', '2001:db8::1', '3fff::1', '8.8.8.8'])(
    'lets %s stand for a public address',
    (address) => {
      expect(unreachableRange(address)).toBeNull();
      expect(isExampleAddress(address)).toBe(address !== '8.8.8.8');
    },
  );

  it.each(['10.0.0.5', '0.0.0.0', '198.18.0.1', '::1', '2001:db7::', 'nonsense'])('is the guard for %s', (address) => {
    expect(unreachableRange(address)).toBe(blockedRange(address));
    expect(isExampleAddress(address)).toBe(false);
  });
});
