import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actionId } from '../../src/protocol/content-id.ts';
import { generateKeyPair } from '../../src/protocol/keys.ts';
import { verifySignature } from '../../src/protocol/signature.ts';
import { createToken, decodeToken, MAX_TOKEN_BYTES, signingInputHash } from '../../src/protocol/token.ts';
import { codeOf, codeOfAsync } from '../support/codes.ts';
import { anyClaims, follow, pair } from './tokens.ts';

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const HEADER = encode({ typ: 'JWT', alg: 'ES384' });
const SIGNATURE = 'A'.repeat(128);
const nested = (depth: number): string => ['{"c":'.repeat(depth - 1), '{}', '}'.repeat(depth - 1)].join('');

describe('createToken', () => {
  test('what it signs decodes to the same claims and verifies with the public key alone', async () => {
    await fc.assert(
      fc.asyncProperty(anyClaims, async (claims) => {
        const token = await createToken(claims, pair.privateKey);
        const decoded = decodeToken(token);
        expect(decoded.claims).toEqual(JSON.parse(JSON.stringify(claims)));
        expect(decoded.header).toEqual({ typ: 'JWT', alg: 'ES384' });
        expect(decoded.actionId).toBe(actionId(token));
        expect(await verifySignature(decoded, pair.publicKey)).toBe(true);
        expect(await verifySignature(decoded, generateKeyPair().publicKey)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test('absent claims are omitted, the rest stands in the order of the network', async () => {
    const token = await createToken(
      {
        v: 'F',
        zzz: 1,
        exp: 9,
        aud: 'bob.test',
        c: 'hi',
        t: 'POST',
        k: '1',
        iat: 5,
        f: 'R',
        p: 'a1~x',
        iss: 'alice.test',
      },
      pair.privateKey,
    );
    expect(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).toBe(
      '{"iss":"alice.test","k":"1","t":"POST","c":"hi","p":"a1~x","aud":"bob.test","iat":5,"exp":9,"f":"R","v":"F","zzz":1}',
    );
  });

  test('refuses to sign what nobody would accept', async () => {
    const sign = (changes: Record<string, unknown>) => codeOfAsync(createToken(follow(changes), pair.privateKey));
    expect(await sign({ iss: 'Alice.test' })).toBe('token.issuer');
    expect(await sign({ aud: 'bob_.test' })).toBe('token.audience');
    expect(await sign({ iat: 1.5 })).toBe('token.claims');
    expect(await sign({ c: 'x'.repeat(MAX_TOKEN_BYTES) })).toBe('token.malformed');
    expect(await sign({ c: JSON.parse(nested(127)) })).toBe('token.malformed');
    expect(await sign({ c: Array(20_000).fill(0) })).toBe('token.malformed');
  });

  test('signs with a P-384 private key only', async () => {
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    expect(await codeOfAsync(createToken(follow(), p256))).toBe('key.curve');
    expect(await codeOfAsync(createToken(follow(), pair.publicKey))).toBe('key.curve');
  });

  test('50,000 bytes of content fit, each escaped', async () => {
    const token = await createToken(follow({ t: 'POST', c: '\u0001'.repeat(50_000) }), pair.privateKey);
    expect(token.length).toBeLessThan(MAX_TOKEN_BYTES);
    expect(decodeToken(token).claims.c).toHaveLength(50_000);
  });
});

describe('decodeToken', () => {
  test.each([
    ['empty', ''],
    ['no dots', 'abc'],
    ['two parts', `${HEADER}.${encode({})}`],
    ['four parts', `${HEADER}.${encode({})}.${SIGNATURE}.`],
    ['five parts (JWE)', 'a.b.c.d.e'],
    ['a garbage header', `AAAA.${encode({})}.${SIGNATURE}`],
    ['an empty header', `.${encode({})}.${SIGNATURE}`],
    ['an empty payload', `${HEADER}..${SIGNATURE}`],
    ['an array as payload', `${HEADER}.${encode([])}.${SIGNATURE}`],
    ['null as payload', `${HEADER}.${encode('null')}.${SIGNATURE}`],
    ['a string as header', `${encode('"x"')}.${encode({})}.${SIGNATURE}`],
    [
      'invalid UTF-8',
      `${HEADER}.${Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString('base64url')}.${SIGNATURE}`,
    ],
    ['a byte order mark', `${HEADER}.${encode('\ufeff{}')}.${SIGNATURE}`],
    ['two JSON values', `${HEADER}.${encode('{}{}')}.${SIGNATURE}`],
    ['padding', `${HEADER}.${encode({ a: 1 })}=.${SIGNATURE}`],
    ['white space', ` ${HEADER}.${encode({})}.${SIGNATURE}`],
    ['a line break at the end', `${HEADER}.${encode({})}.${SIGNATURE}\n`],
    ['the standard alphabet', `${HEADER}.${encode({})}.${'+'.repeat(128)}`],
    ['a signature with trailing bits', `${HEADER}.${encode({})}.AAB`],
    ['a payload nested too deeply', `${HEADER}.${encode(nested(128))}.${SIGNATURE}`],
    [
      'a payload nested absurdly',
      `${HEADER}.${encode(`{"c":${'['.repeat(150_000)}${']'.repeat(150_000)}}`)}.${SIGNATURE}`,
    ],
    ['a payload of too many values', `${HEADER}.${encode({ c: Array(20_000).fill(0) })}.${SIGNATURE}`],
    ['too many bytes', `${HEADER}.${encode({ c: 'x'.repeat(MAX_TOKEN_BYTES) })}.${SIGNATURE}`],
    ['half a million dots', '.'.repeat(500_000)],
  ])('refuses %s', (_, token) => {
    expect(codeOf(() => decodeToken(token))).toBe('token.malformed');
  });

  test('says of JSON that it is, because rows are easily taken for tokens', () => {
    expect(() => decodeToken('{"token":"a.b.c"}')).toThrow(/JSON.*"token"/);
  });

  test('takes what the network takes: any depth up to its limit, no signature, unknown headers', () => {
    expect(decodeToken(`${HEADER}.${encode(nested(127))}.${SIGNATURE}`).claims).toHaveProperty('c');
    expect(decodeToken(`${encode({ alg: 'none' })}.${encode({ a: 1 })}.`).signature).toHaveLength(0);
    expect(decodeToken(`${encode({ alg: 'ES384', kid: 'x' })}.${encode({})}.${SIGNATURE}`).header.kid).toBe('x');
  });

  test('a __proto__ claim stays a claim', () => {
    const { claims } = decodeToken(`${HEADER}.${encode('{"__proto__":{"iss":"evil.test"}}')}.${SIGNATURE}`);
    expect(claims.iss).toBeUndefined();
  });

  test('never throws anything but its own error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(fc.base64String()).map((parts) => parts.join('.')),
        ),
        (text) => {
          try {
            decodeToken(text);
          } catch (error) {
            expect(error).toMatchObject({ code: 'token.malformed' });
          }
        },
      ),
    );
  });
});

test('tokens that differ in their signature only share the hash of what is signed', async () => {
  const [one, two] = await Promise.all([
    createToken(follow(), pair.privateKey),
    createToken(follow(), pair.privateKey),
  ]);
  const other = await createToken(follow({ c: 'x' }), pair.privateKey);
  expect(one).not.toBe(two);
  expect(signingInputHash(one)).toBe(signingInputHash(two));
  expect(signingInputHash(one)).not.toBe(signingInputHash(other));
  expect(signingInputHash(one)).toHaveLength(32);
});
