import { describe, expect, it } from 'vitest';
import { exportPublicKey, generateKeyPair } from '../../../src/protocol/keys.ts';
import { createToken } from '../../../src/protocol/token.ts';
import { keysFromFile } from '../../../src/services/keys/key-sources.ts';
import { verifyTokenReport } from '../../../src/services/keys/verify-token.ts';

const NOW = 1_795_371_254;
const { privateKey, publicKey } = generateKeyPair();
const keys = keysFromFile(exportPublicKey(publicKey, 'pem'), 'key.pem');

async function verdict(claims: object, strict: boolean): Promise<string> {
  const token = await createToken(
    { iss: 'alice.test', k: '261122', t: 'FLLW', aud: 'bob.test', iat: NOW, ...claims } as never,
    privateKey,
  );
  const { verdict } = await verifyTokenReport({ keys }, { token, now: NOW, strict });
  return verdict.is === 'failed' ? verdict.code : verdict.is;
}

describe('a strict verification', () => {
  it.each<[string, object, string]>([
    ['a careful token', {}, 'valid'],
    ['a claim of every kind that is known', { exp: NOW + 60, c: 'hi', v: 'F', f: 'rc', _: 'n' }, 'valid'],
    ['an unknown claim', { nbf: NOW }, 'token.claims'],
    ['an unknown claim that is null', { jti: null }, 'token.claims'],
    ['an iat of 0', { iat: 0 }, 'token.claims'],
    ['an iat that is ahead by less than is borne', { iat: NOW + 2 }, 'token.future'],
  ])('takes or fails %s; otherwise it is valid', async (_what, claims, strict) => {
    expect(await verdict(claims, true)).toBe(strict);
    expect(await verdict(claims, false)).toBe('valid');
  });

  it('keeps the failure that there is without it', async () => {
    expect(await verdict({ iat: NOW + 301 }, true)).toBe('token.future');
  });
});
