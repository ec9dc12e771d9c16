import fc from 'fast-check';
import type { ActionClaims } from '../../src/protocol/claims.ts';
import { contentId } from '../../src/protocol/content-id.ts';
import { generateKeyPair } from '../../src/protocol/keys.ts';
import type { VerificationKey } from '../../src/protocol/verify.ts';

/** 2026-01-31T12:00:00Z: every test's clock. */
export const NOW = Date.UTC(2026, 0, 31, 12) / 1000;

export const pair = generateKeyPair();

/** The key of all tokens that tests sign. */
export const key: VerificationKey = { keyId: '260131', publicKey: pair.publicKey };

/** Claims of a sound FLLW from alice.test to bob.test, some replaced; `undefined` takes one away. */
export function follow(changes: Record<string, unknown> = {}): ActionClaims {
  return { iss: 'alice.test', k: '260131', t: 'FLLW', iat: NOW, aud: 'bob.test', ...changes } as ActionClaims;
}

const idTag = fc.constantFrom('alice.test', 'bob.example.com', 'münchen.example.com', 'שלום.example');
const time = fc.integer({ min: 0, max: 253_402_300_799 });
const reference = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });

/** Any claims whose shapes are right. */
export const anyClaims: fc.Arbitrary<ActionClaims> = fc.record(
  {
    iss: idTag,
    k: reference,
    t: fc.constantFrom('FLLW', 'POST:TEXT', 'IDP:REG', 'NOPE', 'X:Y:Z'),
    iat: time,
    exp: time,
    aud: idTag,
    sub: reference,
    p: reference,
    c: fc.jsonValue({ maxDepth: 3 }),
    a: fc.array(
      fc.uint8Array().map((bytes) => contentId('f1', bytes)),
      { maxLength: 3 },
    ),
    f: fc.stringMatching(/^[RrCcOo]{0,3}$/),
    v: fc.constantFrom('P', 'F', 'x'),
    _: fc.string(),
    unknown: fc.jsonValue({ maxDepth: 1 }),
  },
  { requiredKeys: ['iss', 'k', 't', 'iat'] },
) as fc.Arbitrary<ActionClaims>;
