import { describe, expect, it } from 'vitest';
import { redactText, redactValue } from '../../src/protocol/redact.ts';

const SECRET = 'hunter2hunter2';
const PEM = `-----BEGIN PRIVATE KEY-----\nMIG${SECRET}\n-----END PRIVATE KEY-----`;
const TOKEN = `eyJhbGciOiJFUzM4NCJ9.eyJpc3MiOiJ4In0.${SECRET}`;

describe('redactText', () => {
  it.each([
    ['a private key', `before ${PEM} after`],
    ['a private key that breaks off', `before -----BEGIN EC PRIVATE KEY-----\n${SECRET}`],
    ['a private key in JSON', JSON.stringify({ pem: PEM })],
    ['a token', `got ${TOKEN} from there`],
    ['a token with an empty header', `e30.${SECRET}.x`],
    ['an API key', `key cl_${SECRET}`],
    ['a header', `Authorization: Bearer ${SECRET}`],
    ['basic authentication', `authorization: Basic ${SECRET}=`],
    ['a cookie', `cookie: ${SECRET}`],
    ['a query', `GET /api/auth/access-token?token=${SECRET}&scope=x`],
    ['an API key in a query', `GET /api/auth/access-token?apiKey=${SECRET}`],
    ['a URL with a password', `https://me:${SECRET}@proxy.example`],
    ['a field', `{"password":"${SECRET}"}`],
    ['a field with a quote in it', `{"keyPassphrase": "a\\"${SECRET}"}`],
    ['the private part of a JWK', `{"kty":"EC","d":"${SECRET}"}`],
    ['a setting', `CLOUDILLO_KEY_PASSPHRASE=${SECRET}`],
  ])('takes out %s', (_what, text) => {
    const clean = redactText(text);
    expect(clean).not.toContain(SECRET);
    expect(clean).toContain('<removed>');
  });

  it('takes out what is known, unless it is too short to be a secret', () => {
    expect(redactText('open sesame-street', ['sesame-street', 'en'])).toBe('open <removed>');
  });

  it.each([
    'token.signature: the signature is not one of that key over these bytes',
    'key 261129 is published',
    'an invalid token is answered 400 E-VAL-INVALID',
    'https://cl-o.alice.test/api/me',
    'a1~Jnc3oD0jvsE8yBYO4Jj2fEMpWmNXU6c_9GYXrtLWnqg',
  ])('leaves %s', (text) => {
    expect(redactText(text)).toBe(text);
  });
});

describe('redactValue', () => {
  it('looks into every corner, and at the names of fields', () => {
    const value = { a: [{ b: TOKEN }], token: SECRET, ownerPassword: SECRET, related: ['x'], n: 1, none: null };
    expect(redactValue(value)).toEqual({
      a: [{ b: '<removed>' }],
      token: '<removed>',
      ownerPassword: '<removed>',
      related: ['x'],
      n: 1,
      none: null,
    });
  });
});
