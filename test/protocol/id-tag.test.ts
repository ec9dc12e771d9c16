import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apiHost, idTagFromHost, idTagToAscii, isCanonicalIdTag, parseIdTag } from '../../src/protocol/id-tag.ts';
import { codeOf } from '../support/codes.ts';

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/).filter((text) => text.slice(2, 4) !== '--');
const name = fc
  .tuple(fc.array(label, { minLength: 1, maxLength: 3 }), fc.constantFrom('test', 'example', 'hu'))
  .map(([labels, last]) => [...labels, last].join('.'))
  .filter((text) => text.length >= 5 && text.length <= 62);

describe('parseIdTag', () => {
  test.each([
    ['alice.test', 'alice.test'],
    ['ALICE.Test', 'alice.test'],
    ['MÜNCHEN.example.com', 'münchen.example.com'],
    ['xn--mnchen-3ya.example.com', 'münchen.example.com'],
    ['XN--MNCHEN-3YA.example.com', 'münchen.example.com'],
    ['mu\u0308nchen.example.com', 'münchen.example.com'],
    ['faß.example', 'faß.example'],
    ['alice。test', 'alice.test'],
    ['שלום.example', 'שלום.example'],
    ['alice', 'alice'],
    ['a-b.c-d', 'a-b.c-d'],
    ['1.2.3.4.example', '1.2.3.4.example'],
  ])('%s becomes %s', (input, canonical) => {
    expect(parseIdTag(input)).toBe(canonical);
  });

  test.each([
    '',
    'a.hu',
    'alice_b.test',
    'alice/b.test',
    'alice@b.test',
    '@alice.test',
    'alice.test:443',
    'alice.test?x',
    'alice.test#x',
    'alice\\b.test',
    'alice .test',
    ' alice.test',
    'alice.test\n',
    'alice.test.',
    '.alice.test',
    'alice..test',
    '-alice.test',
    'alice-.test',
    'al--ce.test',
    'https://alice.test',
    'xn--.test',
    'xn--a.test',
    'xn--alice-.test',
    'xn--mnchen-3yaé.test',
    'alice.test\0',
    'al%69ce.test',
    '127.0.0.1',
    'alice.127',
    'alice.0x7f',
    '١٢٧.٠.٠.١',
    '[::1]',
    '\u200dalice.test',
    'אa.test',
    `${'a'.repeat(64)}.test`,
    `${'a'.repeat(58)}.test`,
    `${'ü'.repeat(60)}.test`,
    'ü'.repeat(100_000),
  ])('refuses %j', (input) => {
    expect(codeOf(() => parseIdTag(input))).toBe('usage.id-tag');
  });

  test('62 characters as A-labels fit, 63 do not', () => {
    expect(parseIdTag(`${'a'.repeat(57)}.test`)).toHaveLength(62);
    expect(codeOf(() => parseIdTag(`${'a'.repeat(58)}.test`))).toBe('usage.id-tag');
  });

  test('is idempotent, and the A-label form leads back', () => {
    const unicode = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => `${text}.test`);
    const graphemes = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => `${text}.test`);
    const punycode = fc.stringMatching(/^[a-z0-9-]{0,10}$/).map((text) => `xn--${text}.test`);
    const canonical = (input: string): string | null => {
      try {
        return parseIdTag(input);
      } catch (error) {
        expect(error).toMatchObject({ code: 'usage.id-tag' });
        return null;
      }
    };
    fc.assert(
      fc.property(fc.oneof(name, unicode, graphemes, punycode), (input) => {
        const idTag = canonical(input);
        if (idTag === null) {
          expect(isCanonicalIdTag(input)).toBe(false);
          return;
        }
        expect(parseIdTag(idTag)).toBe(idTag);
        expect(isCanonicalIdTag(idTag)).toBe(true);
        const ascii = idTagToAscii(idTag);
        expect(ascii).toMatch(/^[a-z0-9.-]{5,62}$/);
        expect(parseIdTag(ascii)).toBe(idTag);
        expect(new URL(`https://${apiHost(idTag)}/api/me`).hostname).toBe(apiHost(idTag));
        expect(idTagFromHost(`${apiHost(idTag)}:443`)).toBe(idTag);
      }),
      { numRuns: 3000 },
    );
  });

  test('a letter newer than the URL parser of this Node is refused, not thrown over later', () => {
    const known = URL.canParse('https://cl-o.xn--0b0e.test'); // U+13C8F, of Unicode 16.
    expect(isCanonicalIdTag('\u{13c8f}.test')).toBe(known);
    if (!known) expect(codeOf(() => apiHost('\u{13c8f}.test'))).toBe('usage.id-tag');
  });

  test('plain names take the short way and come out as the full one would give them', () => {
    fc.assert(
      fc.property(name, (input) => {
        expect([parseIdTag(input.toUpperCase()), parseIdTag(input)]).toEqual([input, input]);
      }),
    );
  });
});

describe('isCanonicalIdTag', () => {
  test.each(['alice.test', 'münchen.example.com', 'alice'])('takes %s', (value) => {
    expect(isCanonicalIdTag(value)).toBe(true);
  });

  test.each([
    'Alice.test',
    'xn--mnchen-3ya.example.com',
    'mu\u0308nchen.test',
    'ca_rol.test',
    'alice.test.',
    'ali',
    '',
    '127.0.0.1',
  ])('refuses %j: tokens are not normalised', (value) => {
    expect(isCanonicalIdTag(value)).toBe(false);
  });
});

describe('hosts', () => {
  test('the API host is in A-label form', () => {
    expect(apiHost('münchen.example.com')).toBe('cl-o.xn--mnchen-3ya.example.com');
  });

  test('nothing but a valid idTag becomes part of a host', () => {
    for (const bad of ['evil.test/x', 'a@b.test', '169.254.169.254', 'Ⓐ/.test']) {
      expect(codeOf(() => apiHost(bad))).toBe('usage.id-tag');
    }
  });

  test.each([
    ['cl-o.alice.test', 'alice.test'],
    ['CL-O.Alice.Test:8443', 'alice.test'],
    ['alice.test.', 'alice.test'],
    ['cl-o.alice.test.:8443', 'alice.test'],
    ['alice.test', 'alice.test'],
    ['cl-o.xn--mnchen-3ya.example.com', 'münchen.example.com'],
  ])('%s means %s', (host, idTag) => {
    expect(idTagFromHost(host)).toBe(idTag);
  });

  test.each([
    '',
    'localhost:abc',
    '127.0.0.1:8443',
    '[::1]:8443',
    'cl-o.',
    'cl-o.x.y',
    'al\u00adice.test',
    'a b.test',
    'alice.test..',
    '.',
  ])('%j means nobody', (host) => {
    expect(idTagFromHost(host)).toBeNull();
  });
});
