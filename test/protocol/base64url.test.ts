import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase64url, encodeBase64url } from '../../src/protocol/base64url.ts';
import { codeOf } from '../support/codes.ts';

test('bytes come back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(new Uint8Array(decodeBase64url(encodeBase64url(bytes)))).toEqual(bytes);
    }),
  );
});

test('a value has one spelling: whatever decodes is what encoding gives', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ABQgwz09-_+/= \n'), maxLength: 12 }), (text) => {
      const canonical = Buffer.from(text, 'base64url').toString('base64url') === text;
      if (canonical) expect(encodeBase64url(decodeBase64url(text))).toBe(text);
      else expect(codeOf(() => decodeBase64url(text))).toBe('token.base64url');
    }),
    { numRuns: 2000 },
  );
});

test.each(['A', 'AAAAA', 'AB', 'AAB', 'AA==', 'A+AA', 'A/AA', ' AAA', 'AAAA\n', 'AÄAA'])('refuses %j', (text) => {
  expect(codeOf(() => decodeBase64url(text))).toBe('token.base64url');
});

test('a view into a larger buffer encodes its own bytes only', () => {
  const whole = Buffer.from('xxhelloxx');
  expect(encodeBase64url(new Uint8Array(whole.buffer, whole.byteOffset + 2, 5))).toBe('aGVsbG8');
});
