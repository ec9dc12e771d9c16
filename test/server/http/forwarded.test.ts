import { describe, expect, it } from 'vitest';
import { addressBlocks, plainAddress } from '../../../src/server/http/client-address.ts';
import { clientAddress } from '../../../src/server/http/forwarded.ts';
import { trustedProxies } from '../../../src/server/http/trusted-proxies.ts';

const PROXY = '10.0.0.1';
const isProxy = trustedProxies(['10.0.0.0/8', 'fd00::/8', '::ffff:172.16.0.0/108']);

function clientOf(headers: Record<string, string>, remoteAddress: string | undefined = PROXY): string {
  return clientAddress({ headers, socket: { remoteAddress } }, isProxy);
}

const NODES: [string, string][] = [
  ['7.7.8.8', '7.7.8.8'],
  ['7.7.8.8:40001', '7.7.8.8'],
  ['"7.7.8.8:40001"', '7.7.8.8'],
  ['7.7.8.8:_port', '7.7.8.8'],
  ['2001:db8::1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:DB8:0:0::1]:443', '2001:db8::1'],
  ['"[2001:db8::1]:443"', '2001:db8::1'],
  ['::ffff:7.7.8.8', '7.7.8.8'],
  ['[::ffff:0707:0808]:40001', '7.7.8.8'],
  ['[fe80::1%eth0]:1', 'fe80::1'],
];
const GARBAGE = [
  'unknown',
  '"unknown"',
  '_hidden',
  '_SEVKISEK:40001',
  '1',
  '0x7f.1',
  '07.07.08.08',
  '7.7.8',
  '7.7.8.8:port',
  '7.7.8.8:1:2',
  '7.7.8.8:123456',
  '[7.7.8.8]',
  '[2001:db8::1',
  '2001:db8::1]',
  '2001:db8:1:2:3:4:5:6:40001',
  '<script>',
  '"',
];

describe('X-Forwarded-For', () => {
  it.each(NODES)('%s is %s', (node, address) => {
    expect(clientOf({ 'x-forwarded-for': node })).toBe(address);
    expect(clientOf({ 'x-forwarded-for': `9.9.9.9, ${node} ,10.2.3.4:5` })).toBe(address);
  });

  it.each(GARBAGE)('%s is no address: the proxy is the client', (node) => {
    expect(clientOf({ 'x-forwarded-for': `9.9.9.9, ${node}` })).toBe(PROXY);
    expect(clientOf({ 'x-forwarded-for': `${node}, 10.9.9.9` })).toBe('10.9.9.9');
  });

  it('counts from a trusted proxy only, from the right, past the trusted ones', () => {
    expect(clientOf({ 'x-forwarded-for': '7.7.8.8' }, '198.51.100.1')).toBe('198.51.100.1');
    expect(clientOf({ 'x-forwarded-for': '1.1.1.1, 7.7.8.8, 10.5.5.5, fd00::7' })).toBe('7.7.8.8');
    expect(clientOf({ 'x-forwarded-for': '10.7.7.7, 10.5.5.5' })).toBe('10.7.7.7');
    expect(clientOf({ 'x-forwarded-for': ' , ,' })).toBe(PROXY);
    expect(clientOf({ 'x-forwarded-for': ', 7.7.8.8, ,' })).toBe('7.7.8.8');
  });

  it('knows a proxy by its IPv4 address, however it or its network is written', () => {
    expect(clientOf({ 'x-forwarded-for': '7.7.8.8' }, '::ffff:10.0.0.1')).toBe('7.7.8.8');
    expect(clientOf({ 'x-forwarded-for': '7.7.8.8, ::ffff:10.0.0.9' })).toBe('7.7.8.8');
    expect(clientOf({ 'x-forwarded-for': '7.7.8.8' }, '172.20.0.1')).toBe('7.7.8.8');
    expect(clientOf({}, '::ffff:198.51.100.1')).toBe('198.51.100.1');
  });
});

describe('Forwarded', () => {
  it.each(NODES)('for=%s is %s', (node, address) => {
    expect(clientOf({ forwarded: `for=${node}` })).toBe(address);
    expect(clientOf({ forwarded: `for=9.9.9.9, proto=https; For=${node} ;by="a,b;for=1.1.1.1"` })).toBe(address);
  });

  it.each(GARBAGE)('for=%s is no address', (node) => {
    expect(clientOf({ forwarded: `for=9.9.9.9,for=${node}` })).toBe(PROXY);
  });

  it('unescapes quoted pairs', () => {
    expect(clientOf({ forwarded: 'for="7\\.7.8.8";host="a\\",for=1.1.1.1"' })).toBe('7.7.8.8');
  });

  it('takes an element with no or two `for` for nobody', () => {
    expect(clientOf({ forwarded: 'for=9.9.9.9, proto=https' })).toBe(PROXY);
    expect(clientOf({ forwarded: 'for=7.7.8.8;for=7.7.8.9' })).toBe(PROXY);
    expect(clientOf({ forwarded: '7.7.8.8' })).toBe(PROXY);
  });

  it('reads what a proxy appended to a quote that the client left open', () => {
    expect(clientOf({ forwarded: 'for="9.9.9.9, for="[2001:db8::1]:443";proto=https' })).toBe('2001:db8::1');
    expect(clientOf({ forwarded: 'host="\\", for=7.7.8.8, for=10.5.5.5' })).toBe('7.7.8.8');
  });

  it('counts beside X-Forwarded-For when both say the same; else neither does', () => {
    expect(clientOf({ forwarded: 'for="7.7.8.8:1"', 'x-forwarded-for': '7.7.8.8:2' })).toBe('7.7.8.8');
    expect(clientOf({ forwarded: 'for=9.9.9.9', 'x-forwarded-for': '7.7.8.8' })).toBe(PROXY);
    expect(clientOf({ forwarded: 'for=unknown', 'x-forwarded-for': '7.7.8.8' })).toBe(PROXY);
  });
});

describe('the form in which an address is a key', () => {
  it('is one for each address', () => {
    expect(plainAddress('::FFFF:7.7.8.8')).toBe('7.7.8.8');
    expect(plainAddress('2001:0DB8::0001')).toBe('2001:db8::1');
    for (const text of ['', '1', '0x7f.1', '7.7.8.8:1', '[::1]']) expect(plainAddress(text)).toBeNull();
  });

  it('has blocks', () => {
    expect(addressBlocks('::ffff:707:808')).toEqual({ host: '7.7.8.8', network: '7.7.8.0/24' });
    expect(addressBlocks('fe80::1%eth0')).toEqual(addressBlocks('fe80::1'));
    expect(addressBlocks('1')).toEqual({ host: '1', network: '1' });
  });
});
