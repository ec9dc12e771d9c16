import { execFile } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  exportPrivateKey,
  exportPublicJwk,
  exportPublicKey,
  fingerprint,
  generateKeyPair,
  importPrivateKey,
  importPublicKey,
  isP384,
  nextKeyId,
} from '../../src/protocol/keys.ts';
import { childScript } from '../support/child-process.ts';
import { codeOf, errorOf } from '../support/codes.ts';

const run = promisify(execFile);
const readGeneratedKeys = childScript('protocol/children/read-generated-keys.ts');

const SPEC_KEY =
  'MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAENSq6EZZ+xCypWNkm+0+MHIZfLX7I01wTT+SOw7DoOUOuDAWKMkhBVG+SUb9AzCxEOlmkefuEW5zmXNwmH2MphEQW/r18RDjd+Nt5nbemBsoQzsm2Wg/mUyWBsKYs1oe5';
const pair = generateKeyPair();
const pem = (key: KeyObject): string => key.export({ format: 'pem', type: 'spki' }).toString();

describe('public keys', () => {
  test('the wire form reads (specification: Keys), and writes back the same', () => {
    const key = importPublicKey(SPEC_KEY);
    expect(isP384(key)).toBe(true);
    expect(exportPublicKey(key, 'wire')).toBe(SPEC_KEY);
  });

  test('each form comes back as the same key, from text or bytes, white space around it or not', () => {
    fc.assert(
      fc.property(
        fc.constant(null).map(generateKeyPair),
        fc.constantFrom('', '\n', '  \r\n'),
        ({ publicKey }, space) => {
          const forms = [
            exportPublicKey(publicKey, 'wire'),
            exportPublicKey(publicKey, 'pem'),
            JSON.stringify(exportPublicJwk(publicKey)),
          ];
          for (const text of forms) {
            expect(importPublicKey(space + text + space).equals(publicKey)).toBe(true);
            expect(importPublicKey(Buffer.from(text)).equals(publicKey)).toBe(true);
            expect(fingerprint(importPublicKey(text))).toBe(fingerprint(publicKey));
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test('a private key object exports its public half only', () => {
    expect(exportPublicKey(pair.privateKey, 'pem')).toBe(exportPublicKey(pair.publicKey, 'pem'));
    expect(exportPublicJwk(pair.privateKey)).toEqual(exportPublicJwk(pair.publicKey));
    expect(exportPublicJwk(pair.privateKey)).not.toHaveProperty('d');
    expect(fingerprint(pair.privateKey)).toBe(fingerprint(pair.publicKey));
  });

  test('other curves and kinds are refused in every form', () => {
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' }).publicKey;
    const others = [
      p256,
      p521,
      generateKeyPairSync('ed25519').publicKey,
      generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey,
    ];
    for (const key of others) {
      expect(codeOf(() => importPublicKey(pem(key)))).toBe('key.curve');
      expect(codeOf(() => importPublicKey(JSON.stringify(key.export({ format: 'jwk' }))))).toBe('key.curve');
      expect(codeOf(() => importPublicKey(key.export({ format: 'der', type: 'spki' }).toString('base64')))).toBe(
        'key.curve',
      );
      expect(codeOf(() => exportPublicKey(key, 'wire'))).toBe('key.curve');
      expect(codeOf(() => fingerprint(key))).toBe('key.curve');
    }
  });

  test('a private key where a public one is expected is named as such', () => {
    expect(codeOf(() => importPublicKey(exportPrivateKey(pair.privateKey)))).toBe('key.private');
    expect(codeOf(() => importPublicKey(exportPrivateKey(pair.privateKey, 'secret')))).toBe('key.private');
    expect(codeOf(() => importPublicKey(JSON.stringify(pair.privateKey.export({ format: 'jwk' }))))).toBe(
      'key.private',
    );
  });

  test('a point that is not on the curve is refused', () => {
    const jwk = { ...exportPublicJwk(pair.publicKey), y: exportPublicJwk(generateKeyPair().publicKey).y };
    expect(codeOf(() => importPublicKey(JSON.stringify(jwk)))).toBe('key.malformed');
    const der = pair.publicKey.export({ format: 'der', type: 'spki' });
    der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
    expect(codeOf(() => importPublicKey(der.toString('base64')))).toBe('key.malformed');
  });

  test.each([
    '',
    'hello',
    '{}',
    '{"kty":"EC"',
    '{"kty":"EC","crv":"P-384"}',
    SPEC_KEY.slice(0, -4),
    SPEC_KEY.slice(1),
    `${SPEC_KEY.slice(0, 40)}\n${SPEC_KEY.slice(40)}`,
    SPEC_KEY.replaceAll('+', '-'),
    '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
  ])('refuses %j', (text) => {
    expect(['key.malformed', 'key.curve']).toContain(codeOf(() => importPublicKey(text)));
  });
});

test('generated keys can be read while memory is collected: Node 20 waited forever', async () => {
  const { stdout } = await run(process.execPath, ['--max-semi-space-size=1', await readGeneratedKeys()], {
    timeout: 30_000,
  });
  expect(stdout).toBe('read');
});

describe('private keys', () => {
  test('PKCS#8 comes back, with and without a passphrase', () => {
    const passphrase = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.option(passphrase, { nil: undefined }), (secret) => {
        const text = exportPrivateKey(pair.privateKey, secret);
        expect(text.includes('ENCRYPTED')).toBe(secret !== undefined);
        expect(importPrivateKey(text, secret).equals(pair.privateKey)).toBe(true);
        expect(importPrivateKey(Buffer.from(`\n${text}\n`), secret).equals(pair.privateKey)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('SEC1 as openssl ecparam writes it reads too', () => {
    const sec1 = pair.privateKey.export({ format: 'pem', type: 'sec1' }).toString();
    expect(importPrivateKey(sec1).equals(pair.privateKey)).toBe(true);
  });

  test('a missing, wrong or empty passphrase is its own error', () => {
    const text = exportPrivateKey(pair.privateKey, 'right');
    expect(codeOf(() => importPrivateKey(text))).toBe('key.passphrase');
    expect(codeOf(() => importPrivateKey(text, 'wrong'))).toBe('key.passphrase');
    expect(codeOf(() => importPrivateKey(text, ''))).toBe('key.passphrase');
    expect(codeOf(() => exportPrivateKey(pair.privateKey, ''))).toBe('key.passphrase');
  });

  test('a passphrase that is not needed is no error', () => {
    expect(importPrivateKey(exportPrivateKey(pair.privateKey), 'unneeded').equals(pair.privateKey)).toBe(true);
  });

  test('other curves, public keys and rubbish are refused', () => {
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const ed = generateKeyPairSync('ed25519').privateKey;
    for (const key of [p256, ed]) {
      const text = key.export({ format: 'pem', type: 'pkcs8' }).toString();
      expect(codeOf(() => importPrivateKey(text))).toBe('key.curve');
      expect(codeOf(() => exportPrivateKey(key))).toBe('key.curve');
    }
    expect(codeOf(() => importPrivateKey(exportPublicKey(pair.publicKey, 'pem')))).toBe('key.malformed');
    const damaged = exportPrivateKey(pair.privateKey).replace(/\n.{10}/, '\nAAAAAAAAAA');
    for (const text of ['', 'x', damaged]) expect(codeOf(() => importPrivateKey(text))).toBe('key.malformed');
  });

  test('the message of a refused key never holds the key', () => {
    const text = exportPrivateKey(pair.privateKey);
    const error = errorOf(() => importPublicKey(text));
    expect(error.code).toBe('key.private');
    expect(JSON.stringify([error, String(error)])).not.toContain(text.split('\n')[1]);
  });
});

test('a fingerprint looks like the one of ssh', () => {
  expect(fingerprint(importPublicKey(SPEC_KEY))).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
});

test('fingerprint tells keys apart and is the same for each form of one', () => {
  const other = createPublicKey(generateKeyPair().privateKey);
  expect(fingerprint(other)).not.toBe(fingerprint(pair.publicKey));
});

describe('nextKeyId', () => {
  const day = new Date('2025-02-05T23:59:59.999Z');

  test('is the UTC date, then gets letters', () => {
    expect(nextKeyId(day, [])).toBe('250205');
    expect(nextKeyId(day, ['250204', '250205'])).toBe('250205b');
    expect(nextKeyId(day, ['250205', '250205b'])).toBe('250205c');
  });

  test('never repeats, and one day sorts in the order of creation', () => {
    const taken: string[] = [];
    for (let i = 0; i < 60; i++) taken.push(nextKeyId(day, taken));
    expect(new Set(taken).size).toBe(60);
    expect([...taken].sort()).toEqual(taken);
  });
});
