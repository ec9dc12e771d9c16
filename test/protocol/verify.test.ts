import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generateKeyPair } from '../../src/protocol/keys.ts';
import { createToken } from '../../src/protocol/token.ts';
import {
  CHECK_IDS,
  firstFailure,
  type VerifyOptions,
  verifySignature,
  verifyToken,
} from '../../src/protocol/verify.ts';
import { codeOfAsync } from '../support/codes.ts';
import { anyClaims, follow, key, NOW, pair } from './tokens.ts';

/** Signs a FLLW with those changes and gives every check as `status` or `code`. */
async function outcomes(changes: Record<string, unknown>, options: Partial<VerifyOptions> = {}) {
  return outcomesOf(await createToken(follow(changes), pair.privateKey), options);
}

async function outcomesOf(token: string, options: Partial<VerifyOptions> = {}) {
  const { valid, checks } = await verifyToken(token, { key, now: NOW, ...options });
  const entries = checks.map((check) => [check.id, check.code ?? check.status]);
  return { valid, first: firstFailure(checks)?.code ?? null, ...Object.fromEntries(entries) };
}

/** A token of any header and payload over a signature of the right key. */
async function craft(header: unknown, payload: unknown, signature?: string): Promise<string> {
  const parts = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const sound = (await createToken(follow(), pair.privateKey)).split('.')[2];
  return [...parts, signature ?? sound].join('.');
}

test('a sound token passes every check that applies, and each check is there once, in order', async () => {
  const token = await createToken(follow({ exp: NOW + 60 }), pair.privateKey);
  const result = await verifyToken(token, { key: { ...key, expiresAt: NOW + 1 }, now: NOW, recipient: 'bob.test' });
  expect(result.valid).toBe(true);
  expect(result.checks.map(({ id }) => id)).toEqual([...CHECK_IDS]);
  const skipped = result.checks.filter(({ status }) => status !== 'pass').map(({ id }) => id);
  expect(skipped).toEqual(['proof-of-work']);
});

test('whatever is signed with the right claims verifies, and with another key does not', async () => {
  const other = { keyId: 'x', publicKey: generateKeyPair().publicKey };
  await fc.assert(
    fc.asyncProperty(anyClaims, async (claims) => {
      const token = await createToken({ ...claims, k: 'x' }, pair.privateKey);
      const right = await outcomesOf(token, { key: { ...key, keyId: 'x' }, now: claims.iat });
      expect(right).toMatchObject({ claims: 'pass', issuer: 'pass', key: 'pass', signature: 'pass' });
      expect(await outcomesOf(token, { key: other })).toMatchObject({ valid: false, signature: 'token.signature' });
    }),
    { numRuns: 40 },
  );
});

describe('one flipped bit', () => {
  test('of the decoded header, payload or signature never verifies', async () => {
    await fc.assert(
      fc.asyncProperty(anyClaims, fc.nat(2), fc.nat(), async (claims, part, position) => {
        const parts = (await createToken(claims, pair.privateKey))
          .split('.')
          .map((text) => Buffer.from(text, 'base64url'));
        const bytes = parts[part] as Buffer;
        const bit = position % (bytes.length * 8);
        bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        const token = parts.map((buffer) => buffer.toString('base64url')).join('.');
        expect((await verifyToken(token, { key: { ...key, keyId: claims.k }, now: claims.iat })).valid).toBe(false);
      }),
      { numRuns: 150 },
    );
  });

  test('of the token as it is sent never verifies', async () => {
    const token = await createToken(follow(), pair.privateKey);
    expect((await verifyToken(token, { key, now: NOW })).valid).toBe(true);
    const flips = Array.from({ length: token.length }, (_, at) => {
      const flipped = String.fromCharCode(token.charCodeAt(at) ^ (1 << (at % 8)));
      return token.slice(0, at) + flipped + token.slice(at + 1);
    });
    const verdicts = await Promise.all(flips.map((flipped) => verifyToken(flipped, { key, now: NOW })));
    expect(verdicts.filter(({ valid }) => valid)).toEqual([]);
  });
});

describe('format', () => {
  test('what does not decode fails there, and nothing else is judged', async () => {
    const { valid, checks, actionId, decoded } = await verifyToken('not.a.token', { key, now: NOW });
    expect({ valid, actionId, decoded }).toEqual({ valid: false, actionId: null, decoded: null });
    expect(checks.map(({ id, status }) => [id, status])).toEqual(
      CHECK_IDS.map((id) => [id, id === 'format' ? 'fail' : 'skip']),
    );
    expect(checks[0]?.code).toBe('token.malformed');
  });
});

describe('algorithm', () => {
  test.each([
    'none',
    'NONE',
    'HS256',
    'HS384',
    'ES256',
    'ES512',
    'RS256',
    'EdDSA',
    'es384',
    '',
    null,
    5,
    ['ES384'],
    undefined,
  ])('refuses %j, whatever the signature', async (alg) => {
    const result = await outcomesOf(await craft({ typ: 'JWT', alg }, follow()));
    expect(result).toMatchObject({ valid: false, first: 'token.algorithm', signature: 'skip' });
  });

  test('an HMAC with the public key as its secret is no signature', async () => {
    const signature = Buffer.alloc(32, 1).toString('base64url');
    expect((await outcomesOf(await craft({ alg: 'HS256' }, follow(), signature))).valid).toBe(false);
  });

  test.each([[['b64']], [['exp']], [[]], ['b64'], [null]])(
    'refuses the extensions %j, with a good signature',
    async (crit) => {
      const signed = (await craft({ alg: 'ES384', crit }, follow(), '')).slice(0, -1);
      const key = { key: pair.privateKey, dsaEncoding: 'ieee-p1363' } as const;
      const token = `${signed}.${sign('sha384', Buffer.from(signed), key).toString('base64url')}`;
      expect(await outcomesOf(token)).toMatchObject({ valid: false, first: 'token.algorithm', signature: 'skip' });
    },
  );

  test('typ is ignored', async () => {
    const result = await outcomesOf(await craft({ alg: 'ES384', typ: 'anything' }, follow()));
    expect(result).toMatchObject({ algorithm: 'pass', signature: 'token.signature' });
  });
});

describe('claims, issuer, audience', () => {
  test('wrong shapes fail by name, and what depends on them is skipped', async () => {
    const result = await outcomesOf(await craft({ alg: 'ES384' }, { iss: 'alice.test', t: 5 }));
    expect(result).toMatchObject({
      first: 'token.claims',
      issuer: 'pass',
      type: 'skip',
      recipient: 'skip',
      'issued-at': 'skip',
    });
  });

  test('non-canonical names fail even when signed', async () => {
    expect(await outcomesOf(await craft({ alg: 'ES384' }, follow({ iss: 'Alice.test' })))).toMatchObject({
      issuer: 'token.issuer',
      audience: 'pass',
    });
    expect(await outcomesOf(await craft({ alg: 'ES384' }, follow({ aud: 'Bob.test' })))).toMatchObject({
      issuer: 'pass',
      audience: 'token.audience',
    });
    expect(await outcomesOf(await craft({ alg: 'ES384' }, follow({ iss: undefined })))).toMatchObject({
      claims: 'token.claims',
      issuer: 'token.issuer',
    });
  });
});

describe('key and signature', () => {
  test('no key: not valid, and the caller’s reason stands in the check', async () => {
    const keyProblem = { code: 'network.refused', reason: 'alice.test refused the connection' } as const;
    expect(await outcomes({}, { key: null, keyProblem })).toMatchObject({
      valid: false,
      first: 'network.refused',
      signature: 'skip',
      'key-expiry': 'skip',
      type: 'pass',
    });
    expect(await outcomes({}, { key: null })).toMatchObject({ valid: false, first: 'token.key-unknown' });
  });

  test('a key of another ID or curve', async () => {
    expect(await outcomes({ k: 'another' })).toMatchObject({
      valid: false,
      key: 'token.key-unknown',
      signature: 'pass',
    });
    const p256 = { ...key, publicKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey };
    expect(await outcomes({}, { key: p256 })).toMatchObject({
      valid: false,
      key: 'token.key-curve',
      signature: 'skip',
    });
    const decoded = { signingInput: 'x', signature: Buffer.alloc(64) };
    expect(await codeOfAsync(verifySignature(decoded, p256.publicKey))).toBe('key.curve');
  });

  test.each([0, 64, 95, 97, 104, 192])('a signature of %i bytes fails', async (length) => {
    const token = await craft({ alg: 'ES384' }, follow(), Buffer.alloc(length, 1).toString('base64url'));
    expect(await outcomesOf(token)).toMatchObject({ valid: false, first: 'token.signature' });
  });

  test.each([0x00, 0xff])('r and s out of range (%i) fail', async (fill) => {
    const token = await craft({ alg: 'ES384' }, follow(), Buffer.alloc(96, fill).toString('base64url'));
    expect(await outcomesOf(token)).toMatchObject({ valid: false, first: 'token.signature' });
  });

  test('(r, n−s) verifies as (r, s) does: half of the network’s have the high s', async () => {
    const order = 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n;
    const token = await createToken(follow(), pair.privateKey);
    const [header, payload, signature] = token.split('.').map((part) => Buffer.from(part, 'base64url')) as [
      Buffer,
      Buffer,
      Buffer,
    ];
    const s = BigInt(`0x${signature.subarray(48).toString('hex')}`);
    const mirrored = Buffer.concat([
      signature.subarray(0, 48),
      Buffer.from((order - s).toString(16).padStart(96, '0'), 'hex'),
    ]);
    const twin = [header, payload, mirrored].map((part) => part.toString('base64url')).join('.');
    expect(twin).not.toBe(token);
    expect(await outcomesOf(twin)).toMatchObject({ valid: true });
  });
});

describe('times', () => {
  test('are told in the reasons of passed checks unless those are terse, and of failed ones always', async () => {
    const reasons = async (changes: Record<string, unknown>, terse: boolean) => {
      const token = await createToken(follow(changes), pair.privateKey);
      const expiring = { ...key, expiresAt: NOW + 1 };
      const { checks } = await verifyToken(token, { key: expiring, now: NOW, terse });
      const timed = checks.filter(({ id }) => ['issued-at', 'expiry', 'key-expiry'].includes(id));
      return timed.map(({ status, reason }) => [status, reason !== undefined]);
    };
    const good = { iat: NOW, exp: NOW + 60 };
    expect(await reasons(good, false)).toEqual(Array(3).fill(['pass', true]));
    expect(await reasons(good, true)).toEqual(Array(3).fill(['pass', false]));
    const bad = { iat: NOW + 301, exp: NOW - 61 };
    expect(await reasons(bad, true)).toEqual(Array(3).fill(['fail', true]));
  });

  test('iat may be 5 minutes ahead', async () => {
    expect(await outcomes({ iat: NOW + 300 })).toMatchObject({ valid: true });
    expect(await outcomes({ iat: NOW + 301 })).toMatchObject({ valid: false, 'issued-at': 'token.future' });
    expect(await outcomes({ iat: 0 })).toMatchObject({ valid: true });
  });

  test('exp has 60 s of leeway, or as much as is given', async () => {
    expect(await outcomes({ exp: NOW - 60 })).toMatchObject({ valid: true, expiry: 'pass' });
    expect(await outcomes({ exp: NOW - 61 })).toMatchObject({ valid: false, expiry: 'token.expired' });
    expect(await outcomes({ exp: NOW - 1 }, { leeway: 0 })).toMatchObject({ expiry: 'token.expired' });
    expect(await outcomes({ exp: NOW - 500 }, { leeway: 500 })).toMatchObject({ expiry: 'pass' });
    expect(await outcomes({})).toMatchObject({ expiry: 'skip' });
  });

  test('an expired key keeps verifying what it signed before', async () => {
    expect(await outcomes({ iat: NOW - 10 }, { key: { ...key, expiresAt: NOW - 10 } })).toMatchObject({ valid: true });
    expect(await outcomes({ iat: NOW - 9 }, { key: { ...key, expiresAt: NOW - 10 } })).toMatchObject({
      valid: false,
      first: 'token.key-expired',
      signature: 'pass',
    });
  });

  test('the reason tells the time and how far off it is', async () => {
    const token = await createToken(follow({ exp: NOW - 7200 }), pair.privateKey);
    const { checks } = await verifyToken(token, { key, now: NOW });
    const expiry = checks.find(({ id }) => id === 'expiry');
    expect(expiry?.reason).toContain('2026-01-31T10:00:00Z');
    expect(expiry?.reason).toContain('2 h');
  });
});

describe('proof of work', () => {
  test('is for CONN, when demanded', async () => {
    expect(await outcomes({}, { powLevel: 5 })).toMatchObject({ 'proof-of-work': 'skip', valid: true });
    expect(await outcomes({ t: 'CONN' })).toMatchObject({ 'proof-of-work': 'skip' });
    expect(await outcomes({ t: 'CONN' }, { powLevel: 10 })).toMatchObject({
      first: 'token.proof-of-work',
      valid: false,
    });
    expect(await outcomes({ t: 'CONN:ACC' }, { powLevel: 10 })).toMatchObject({ first: 'token.proof-of-work' });
  });

  test('a token that ends in A passes level 1', async () => {
    let token = '';
    while (!token.endsWith('A')) token = await createToken(follow({ t: 'CONN' }), pair.privateKey);
    expect(await outcomesOf(token, { powLevel: 1 })).toMatchObject({ 'proof-of-work': 'pass', valid: true });
  });
});

describe('rules of the type', () => {
  test('each fails under its own name', async () => {
    expect(await outcomes({ t: 'NOPE' })).toMatchObject({ type: 'token.type', fields: 'skip', content: 'skip' });
    expect(await outcomes({ t: 'FLLW:XYZ' })).toMatchObject({ type: 'token.subtype', fields: 'pass' });
    expect(await outcomes({ sub: 'a1~x' })).toMatchObject({ fields: 'token.fields' });
    expect(await outcomes({ c: 'x'.repeat(501) })).toMatchObject({ content: 'token.content' });
  });

  test('all failures are reported, not only the first', async () => {
    const changes = { t: 'FLLW:XYZ', sub: 'x', c: 5, exp: 1, iat: NOW + 999 };
    const result = await outcomes(changes, { recipient: 'carol.test', key: { ...key, expiresAt: 5 } });
    expect(result).toMatchObject({
      valid: false,
      first: 'token.future',
      expiry: 'token.expired',
      'key-expiry': 'token.key-expired',
      type: 'token.subtype',
      fields: 'token.fields',
      content: 'token.content',
      recipient: 'token.recipient',
      signature: 'pass',
    });
  });
});

describe('recipient', () => {
  const content = { contentType: 'text/plain', fileName: 'x', fileTp: 'BLOB' };
  test.each([
    [{ t: 'FLLW' }],
    [{ t: 'FLLW:DEL' }],
    [{ t: 'CONN:ACC' }],
    [{ t: 'FSHR', sub: 'f1~x', c: content }],
    [{ t: 'PRINVT', c: { refId: 'x' } }],
    [{ t: 'IDP:REG', c: { idTag: 'x' } }],
    [{ t: 'PROXY' }],
  ])('%j is for its audience only', async (changes) => {
    expect(await outcomes(changes, { recipient: 'bob.test' })).toMatchObject({ recipient: 'pass', valid: true });
    expect(await outcomes(changes, { recipient: 'carol.test' })).toMatchObject({
      recipient: 'token.recipient',
      valid: false,
    });
    expect(await outcomes(changes)).toMatchObject({ recipient: 'skip', valid: true });
  });

  test('whether SUBS and INVT are for us is for the store to say', async () => {
    for (const t of ['SUBS', 'INVT']) {
      expect(await outcomes({ t, sub: 'a1~x' }, { recipient: 'carol.test' })).toMatchObject({
        recipient: 'skip',
        valid: true,
      });
      expect(await outcomes({ t, sub: 'a1~x' }, { recipient: 'bob.test' })).toMatchObject({ recipient: 'pass' });
    }
  });

  test('a post to somebody else’s wall may come here', async () => {
    expect(await outcomes({ t: 'POST', c: 'x' }, { recipient: 'carol.test' })).toMatchObject({
      recipient: 'pass',
      valid: true,
    });
  });
});
