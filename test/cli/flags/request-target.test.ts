import { describe, expect, it } from 'vitest';
import { parseHeader } from '../../../src/cli/flags/request-flags.ts';
import { requestTarget } from '../../../src/cli/flags/request-target.ts';
import { codeOf } from '../../support/codes.ts';

describe('requestTarget', () => {
  it.each<[string, string | undefined, string, string | null]>([
    ['bob.test', '/api/me', 'https://cl-o.bob.test/api/me', 'bob.test'],
    ['bob.test', 'api/me', 'https://cl-o.bob.test/api/me', 'bob.test'],
    ['bob.test', undefined, 'https://cl-o.bob.test/api/me', 'bob.test'],
    ['MÜNCHEN.example.com', '/x?y=1', 'https://cl-o.xn--mnchen-3ya.example.com/x?y=1', 'münchen.example.com'],
    ['https://cl-o.bob.test/x', undefined, 'https://cl-o.bob.test/x', 'bob.test'],
    [
      'https://bob.test/.well-known/cloudillo/id-tag',
      undefined,
      'https://bob.test/.well-known/cloudillo/id-tag',
      'bob.test',
    ],
    ['https://192.0.2.1/x', undefined, 'https://192.0.2.1/x', null],
  ])('%s %s', (target, path, url, idTag) => {
    expect(requestTarget(target, path)).toEqual({ url, idTag });
  });

  it.each<[string, string]>([
    ['bob.test', '//evil.test/x'],
    ['bob.test', '@evil.test/x'],
    ['bob.test', '.evil.test/x'],
    ['bob.test', ':443@evil.test'],
    ['bob.test', '\\evil.test'],
  ])('never leads %s %s elsewhere', (target, path) => {
    expect(new URL(requestTarget(target, path).url).host).toBe('cl-o.bob.test');
  });

  it('refuses what is neither', () => {
    expect(codeOf(() => requestTarget('bob_test', '/x'))).toBe('usage.id-tag');
    expect(codeOf(() => requestTarget('https://', undefined))).toBe('usage.url');
    expect(codeOf(() => requestTarget('https://cl-o.bob.test', '/x'))).toBe('usage.url');
  });
});

describe('parseHeader', () => {
  it('takes one header', () => {
    expect(parseHeader('Accept: text/plain')).toEqual(['Accept', 'text/plain']);
    expect(parseHeader('x-empty:')).toEqual(['x-empty', '']);
  });

  it.each([
    'nonsense',
    ': x',
    'a b: c',
    'a: b\nc: d',
    'a: b\r',
    'a: \0',
    'authorization: x',
    'Cookie: x',
    'PROXY-AUTHORIZATION: x',
  ])('refuses %j', (text) => {
    expect(codeOf(() => parseHeader(text))).toBe('usage.header');
  });
});
