import { describe, expect, it } from 'vitest';
import { describeServer, parseServer } from '../../../src/federation/dns/dns-server.ts';

describe('parseServer', () => {
  it.each([
    ['1.1.1.1', { transport: 'udp', address: '1.1.1.1', port: 53 }],
    ['1.1.1.1:5353', { transport: 'udp', address: '1.1.1.1', port: 5353 }],
    ['::1', { transport: 'udp', address: '::1', port: 53 }],
    ['[::1]:5353', { transport: 'udp', address: '::1', port: 5353 }],
    ['udp://9.9.9.9', { transport: 'udp', address: '9.9.9.9', port: 53 }],
    ['tcp://9.9.9.9', { transport: 'tcp', address: '9.9.9.9', port: 53 }],
    ['TCP://[2001:db8::1]:5353', { transport: 'tcp', address: '2001:db8::1', port: 5353 }],
    ['https://dns.example/dns-query', { transport: 'https', url: 'https://dns.example/dns-query' }],
  ])('reads %s, and writes it so that it reads the same', (text, server) => {
    expect(parseServer(text)).toEqual(server);
    expect(parseServer(describeServer(parseServer(text)))).toEqual(server);
  });

  it.each([
    '',
    'dns.example',
    'dns.example:53',
    '1.1.1.1:0',
    '1.1.1.1:65536',
    '1.1.1.1:x',
    '1.1.1.1:',
    '[1.1.1.1]:53',
    '::1:5353:',
    'http://dns.example/',
    'tls://1.1.1.1',
    'https://',
    'https://user:secret@dns.example/dns-query',
  ])('refuses %j', (text) => {
    expect(() => parseServer(text)).toThrow(expect.objectContaining({ code: 'usage.resolver' }));
  });
});

it('does not show what a URL has in its query', () => {
  const server = parseServer('https://dns.example/dns-query?key=hunter2hunter2');
  expect(server).toEqual({ transport: 'https', url: 'https://dns.example/dns-query?key=hunter2hunter2' });
  expect(describeServer(server)).toBe('https://dns.example/dns-query?key=<removed>');
});
