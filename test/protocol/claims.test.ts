import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertClaims, claimProblems } from '../../src/protocol/claims.ts';
import { codeOf } from '../support/codes.ts';
import { anyClaims, follow } from './tokens.ts';

const FILE = 'f1~UwcffHSP7H-GYNJ1vSsMKzLHDhHONv4IIdCE3PVfmu8';

describe('shapes', () => {
  test.each([
    [{ iss: undefined }],
    [{ k: undefined }],
    [{ t: undefined }],
    [{ iat: undefined }],
    [{ iss: 5 }],
    [{ k: '' }],
    [{ k: 261122 }],
    [{ k: 'x'.repeat(513) }],
    [{ t: ['FLLW'] }],
    [{ t: '' }],
    [{ iat: '1795370205' }],
    [{ iat: 1795370207.5 }],
    [{ iat: -1 }],
    [{ iat: 1e300 }],
    [{ iat: 253_402_300_800 }],
    [{ exp: 'tomorrow' }],
    [{ exp: null }],
    [{ exp: 1e15 }],
    [{ aud: null }],
    [{ aud: ['bob.test'] }],
    [{ sub: 1 }],
    [{ sub: '' }],
    [{ p: {} }],
    [{ a: FILE }],
    [{ a: [FILE, 1] }],
    [{ a: ['../../etc/passwd'] }],
    [{ a: [FILE.replace('f1', 'b1')] }],
    [{ f: 1 }],
    [{ v: '' }],
    [{ v: 'FF' }],
    [{ v: 1 }],
    [{ _: 7 }],
  ])('refuses %j', (changes) => {
    expect(codeOf(() => assertClaims(follow(changes)))).toBe('token.claims');
  });

  test('takes every claim of the table', () => {
    fc.assert(fc.property(anyClaims, (claims) => void expect(claimProblems(claims)).toEqual([])));
    const more = follow({ a: [FILE], c: null, sub: '@carol.test', zzz: { any: 'thing' } });
    expect(() => assertClaims(more)).not.toThrow();
  });

  test('names every problem, not only the first', () => {
    expect(claimProblems({ iss: 1, k: 2, t: 3, iat: 'x' })).toHaveLength(4);
  });
});

test.each(['Alice.test', 'xn--mnchen-3ya.test', 'ca_rol.test', 'a', '', 'alice.test/', '127.0.0.1', 'alice.test.'])(
  'iss and aud are refused, not normalised: %j',
  (value) => {
    expect(codeOf(() => assertClaims(follow({ iss: value })))).toBe('token.issuer');
    expect(codeOf(() => assertClaims(follow({ aud: value })))).toBe('token.audience');
  },
);
