import { describe, expect, it } from 'vitest';
import { redactEnd, redactText, redactValue } from '../../src/protocol/redact.ts';
import { isSecretName } from '../../src/protocol/secret-names.ts';

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
    ['a field that breaks off', `{"password":"${SECRET}`],
    ['a field of JSON in a text', JSON.stringify({ message: JSON.stringify({ token: SECRET }) })],
    ['a field with any name of a token', `{"refreshToken":"${SECRET}"}`],
    ['a second cookie', `cookie: a=1; session=${SECRET}`],
    ['credentials of any scheme', `Proxy-Authorization: Digest username=${SECRET}`],
    ['a parameter of any name', `GET https://cl-o.bob.test/x?state=${SECRET}#y`],
    ['a user name in a URL', `https://${SECRET}@proxy.example`],
    ['a setting', `CLOUDILLO_KEY_PASSPHRASE=${SECRET}`],
    ['a variable of another program', `GITHUB_TOKEN=${SECRET} AWS_SECRET_ACCESS_KEY=${SECRET}`],
  ])('takes out %s', (_what, text) => {
    const clean = redactText(text);
    expect(clean).not.toContain(SECRET);
    expect(clean).toContain('<removed>');
  });

  it('takes out the end of a private key whose beginning was cut off', () => {
    const end = `${SECRET}\n${SECRET}\n-----END EC PRIVATE KEY-----\nlater`;
    expect(redactEnd(end)).toBe('<removed>\nlater');
    expect(redactEnd(`first\n${PEM}\nthen`)).toBe('first\n<removed>\nthen');
    expect(redactEnd(`${end}\n${PEM}`)).not.toContain(SECRET);
  });

  it('takes out what is known, unless it is too short to be a secret', () => {
    expect(redactText('open sesame-street', ['sesame-street', 'en'])).toBe('open <removed>');
  });

  it.each([
    'token.signature: the signature is not one of that key over these bytes',
    'key 261129 is published',
    'an invalid token is answered 400 E-VAL-INVALID',
    'https://cl-o.alice.test/api/me',
    'https://cl-o.alice.test/api/actions?limit=5&type=POST',
    'key.passphrase: The passphrase of the key is wrong',
    'It takes a bearer token, and no basic authentication',
    'a1~Jnc3oD0jvsE8yBYO4Jj2fEMpWmNXU6c_9GYXrtLWnqg',
  ])('leaves %s', (text) => {
    expect(redactText(text)).toBe(text);
  });
});

// An expression that is quadratic takes minutes: the time limit of the test ends it.
it.each([
  'eyJ-',
  'eyJ.',
  'a-',
  'a-a=',
  '"password":"',
  '\\"d\\":\\"',
  'cookie',
  '//a:',
  '?a=',
  'Basic ',
  '-----BEGIN PRIVATE KEY-----',
])('has an end with %s again and again', (part) => expect(redactText(part.repeat(200_000)).length).toBeGreaterThan(0));

it.each(['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'Set-Cookie', 'keyPassphrase', 'API_KEY'])(
  'knows that %s names a secret',
  (name) => expect(isSecretName(name)).toBe(true),
);

it.each(['keyId', 'tokens', 'CLOUDILLO_TLS_KEY', 'hint'])('knows that %s names none', (name) =>
  expect(isSecretName(name)).toBe(false),
);

describe('redactValue', () => {
  it('looks into every corner, and at the names of fields', () => {
    const value = {
      a: [{ b: TOKEN }],
      token: SECRET,
      ownerPassword: SECRET,
      related: [SECRET],
      tokens: 2,
      hasPassword: true,
      none: null,
    };
    expect(redactValue(value)).toEqual({
      a: [{ b: '<removed>' }],
      token: '<removed>',
      ownerPassword: '<removed>',
      related: '<removed>',
      tokens: 2,
      hasPassword: true,
      none: null,
    });
  });
});
