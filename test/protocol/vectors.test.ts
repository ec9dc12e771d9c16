import { describe, expect, test } from 'vitest';
import { fileId, isContentId } from '../../src/protocol/content-id.ts';
import { decodeCursor, encodeCursor } from '../../src/protocol/cursor.ts';
import { chooseVariant, formatDescriptor, parseDescriptor } from '../../src/protocol/descriptor.ts';
import { type Envelope, failure, success, unwrap, wireErrorOf } from '../../src/protocol/envelope.ts';
import { findKey } from '../../src/protocol/find-key.ts';
import { generateKeyPair, importPublicKey } from '../../src/protocol/keys.ts';
import { parseProfile } from '../../src/protocol/profile.ts';
import { createToken, decodeToken } from '../../src/protocol/token.ts';
import { firstFailure, type VerificationKey, verifyToken } from '../../src/protocol/verify.ts';
import { WIRE_ERRORS } from '../../src/protocol/wire-error.ts';
import { codeOf } from '../support/codes.ts';
import { type RecordedExchange, type RecordedExchanges, type RecordedTokens, recorded } from '../support/recorded.ts';

const files = [
  {
    name: 'exchanges.json',
    tokens: recorded<RecordedTokens>('tokens.json'),
    ...recorded<RecordedExchanges>('exchanges.json'),
  },
  {
    name: 'groups.json',
    tokens: recorded<RecordedTokens>('tokens-groups.json'),
    ...recorded<RecordedExchanges>('groups.json'),
  },
];

function keyOf({ keys }: RecordedTokens, { iss, k }: Record<string, unknown>): VerificationKey | null {
  const found = keys.find(({ idTag, keyId }) => idTag === iss && keyId === k);
  return found ? { keyId: found.keyId, publicKey: importPublicKey(found.publicKey) } : null;
}

describe.each(files)('tokens beside $name', ({ tokens }) => {
  test.each(tokens.tokens.map((entry) => [entry.actionId, entry] as const))('%s', async (id, entry) => {
    const decoded = decodeToken(entry.token);
    expect(decoded.actionId).toBe(id);
    expect(decoded.header).toEqual(entry.header);
    expect(decoded.claims).toEqual(entry.claims);
    const key = keyOf(tokens, entry.claims);
    const { checks } = await verifyToken(entry.token, { key, now: 1_795_370_210 });
    const status = (wanted: string) => checks.find(({ id }) => id === wanted)?.status;
    const expected = {
      valid: { algorithm: 'pass', key: 'pass', signature: 'pass' },
      invalid: { algorithm: 'pass', key: 'pass', signature: 'fail' },
      'unknown-key': { algorithm: 'pass', key: 'fail', signature: 'skip' },
      'wrong-alg': { algorithm: 'fail', key: 'pass', signature: 'skip' },
    }[entry.signature];
    expect({ algorithm: status('algorithm'), key: status('key'), signature: status('signature') }).toEqual(expected);
  });

  test('signing the claims of the network’s own tokens gives the same bytes', async () => {
    const { privateKey } = generateKeyPair();
    const own = tokens.tokens.filter(({ claims }) => claims.iss === 'alice.test');
    expect(own.length).toBeGreaterThan(6);
    for (const { token, claims } of own) {
      const shuffled = Object.fromEntries(Object.entries(claims).sort());
      const again = await createToken(shuffled as never, privateKey);
      expect(decodeToken(again).signingInput).toBe(decodeToken(token).signingInput);
    }
  });

  test('tokens by one signing input and two signatures are two IDs', () => {
    const ids = new Set(tokens.tokens.map(({ actionId }) => actionId));
    expect(ids.size).toBe(tokens.tokens.length);
  });
});

/** The first failing check of every recorded delivery at alice.test; those left out pass all. */
const VERDICTS: Record<string, string> = {
  'inbox.async.bad-token': 'token.malformed',
  'inbox.not-a-jwt': 'token.malformed',
  'inbox.flipped-signature': 'token.signature',
  'inbox.wrong-key': 'token.signature',
  'inbox.unknown-key-id': 'token.key-unknown',
  'inbox.es256': 'token.algorithm',
  'inbox.alg-none': 'token.algorithm',
  'inbox.expired': 'token.expired',
  'inbox.iat-future': 'token.future',
  'inbox.other-audience': 'token.recipient',
  'inbox.no-audience': 'token.fields',
  'inbox.uppercase-aud': 'token.audience',
  'inbox.uppercase-iss': 'token.issuer',
  'inbox.iss-underscore': 'token.issuer',
  'inbox.iss-unreachable': 'token.key-unknown',
  'inbox.iss-unreachable.again': 'token.key-unknown',
  'inbox.unknown-type': 'token.type',
  'inbox.unknown-subtype': 'token.subtype',
  'inbox.forbidden-field': 'token.fields',
  'inbox.content-too-long': 'token.content',
  'inbox.content-wrong-type': 'token.content',
  'inbox.post.object-content': 'token.content',
  'inbox.missing-iat': 'token.claims',
  'inbox.missing-k': 'token.claims',
  'inbox.fractional-iat': 'token.claims',
  'inbox.react.no-subject': 'token.fields',
  'share.missing-field': 'token.content',
  'share.bad-enum': 'token.content',
};

describe.each(files)('deliveries in $name', ({ exchanges, tokens }) => {
  const deliveries = exchanges.flatMap((exchange) => {
    const token = (exchange.request.body as { token?: unknown } | undefined)?.token;
    return /\/inbox(\/sync)?$/.test(exchange.request.url) && typeof token === 'string'
      ? [[exchange.name, exchange, token] as const]
      : [];
  });

  test.each(deliveries)('%s', async (name, { response }: RecordedExchange, token) => {
    const claims =
      token.split('.').length === 3 && VERDICTS[name] !== 'token.malformed' ? decodeToken(token).claims : {};
    const now = 1_795_370_210 > Number(claims.iat) || name === 'inbox.iat-future' ? 1_795_370_210 : Number(claims.iat);
    const { checks } = await verifyToken(token, { key: keyOf(tokens, claims), now, recipient: 'alice.test' });
    const failed = firstFailure(checks);
    expect(failed?.code ?? null).toBe(VERDICTS[name] ?? null);
    // Peers read these sentences: where the network has one for a broken rule, ours is the same.
    const message = wireErrorOf(response.json)?.message ?? '';
    if (
      message.startsWith('Request validation failed: ') &&
      ['token.type', 'token.fields', 'token.content'].includes(failed?.code ?? '')
    ) {
      expect(`Request validation failed: ${failed?.reason}`).toBe(message);
    }
  });

  test('are all there', () => expect(deliveries.length).toBeGreaterThan(10));
});

describe.each(files)('answers in $name', ({ exchanges }) => {
  const withJson = exchanges.filter(({ response }) => response.json !== undefined);

  test('every success unwraps to its data, and wrapping that again gives the envelope', () => {
    const successes = withJson.filter(({ response, name }) => response.status < 400 && name !== 'id-tag');
    expect(successes.length).toBeGreaterThan(20);
    for (const { response } of successes) {
      const { data, time, reqId, ...extra } = response.json as Envelope;
      expect(unwrap(response.json)).toEqual(data);
      const meta = { now: new Date(time), reqId };
      expect(success(data, meta, extra)).toEqual(response.json);
    }
  });

  test('every error has a code of ours, or one of the two that only the network answers, with its status', () => {
    const errors = withJson.filter(({ response }) => response.status >= 400);
    expect(errors.length).toBeGreaterThan(5);
    for (const { response } of errors) {
      const error = wireErrorOf(response.json);
      const statuses: Record<string, number> = { ...WIRE_ERRORS, 'E-CORE-PARSE': 500, 'E-NET-ERROR': 500 };
      expect(statuses[error?.code ?? '']).toBe(response.status);
      expect(failure(error?.code ?? '', error?.message ?? '')).toEqual(response.json);
      expect(codeOf(() => unwrap(response.json))).toBe('peer.error');
    }
  });
});

describe('lists and profiles', () => {
  const { exchanges, tokens } = files[0] as (typeof files)[0];
  const withJson = exchanges.filter(({ response }) => response.json !== undefined);

  test('every cursor decodes and encodes to the same text', () => {
    type Page = { cursorPagination?: { nextCursor?: string | null } };
    const cursors = withJson
      .map(({ response }) => (response.json as Page).cursorPagination?.nextCursor)
      .filter(Boolean);
    expect(cursors.length).toBeGreaterThan(0);
    for (const cursor of cursors) expect(encodeCursor(decodeCursor(cursor as string))).toBe(cursor);
  });

  test('every /api/me is a profile whose keys verify', () => {
    for (const { name, response } of withJson.filter(({ name }) => name.startsWith('me'))) {
      const profile = parseProfile(response.json);
      expect(profile, name).toMatchObject({ idTag: 'alice.test', name: 'Alice', type: 'person' });
      const published = tokens.keys.find(({ idTag }) => idTag === 'alice.test');
      const key = findKey(profile, published?.keyId ?? '');
      expect(key?.publicKey.equals(importPublicKey(published?.publicKey ?? ''))).toBe(true);
    }
  });
});

describe('files', () => {
  const { exchanges } = files[0] as (typeof files)[0];
  const descriptors = exchanges.filter(({ name }) => name.endsWith('.descriptor'));

  test.each(descriptors.map((exchange) => [exchange.name, exchange] as const))('%s', (_, { request, response }) => {
    const text = unwrap(response.json) as string;
    const descriptor = parseDescriptor(text);
    expect(formatDescriptor(descriptor)).toBe(text);
    const id = request.url.split('/').at(-2) ?? '';
    expect(isContentId(id, 'f1')).toBe(true);
    expect(fileId(text)).toBe(id);
  });

  test.each(['file.raw.get', 'file.img.get'])('%s: the variant chosen is the one the network sends', (name) => {
    const headers = exchanges.find((exchange) => exchange.name === name)?.response.headers ?? {};
    const chosen = chooseVariant(parseDescriptor(headers['x-cloudillo-variants'] ?? ''));
    expect(chosen?.blobId).toBe(headers['x-cloudillo-variant']);
  });
});
