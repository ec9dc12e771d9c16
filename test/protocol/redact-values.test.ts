import { expect, it } from 'vitest';
import { redactValue } from '../../src/protocol/redact.ts';

/** As a log shows an error. */
const plain = (error: Error) => ({ ...error, message: error.message });
const safe = (fields: Record<string, unknown>) => redactValue(fields, { plainError: plain });

it.each(['authorization', 'cookie', 'password', 'passphrase', 'privateKey', 'token', 'apiKey'])(
  'a %s is taken out, however deep it lies',
  (name) => {
    const found = safe({ [name]: 's3cret', list: [{ deep: { deeper: { deepest: { [name]: ['s3cret'] } } } }] });
    expect(JSON.stringify(found)).not.toContain('s3cret');
    expect(found[name]).toBe('<removed>');
  },
);

it('nor one that an error carries', () => {
  const err = Object.assign(new Error('no'), { details: { token: 's3cret', status: 500 } });
  expect(safe({ err })).toEqual({ err: { message: 'no', details: { token: '<removed>', status: 500 } } });
});

it('fields without a secret are those that were given, and nothing that was given is changed', () => {
  const fields = { method: 'GET', nested: { list: [1, null, { tokens: 2 }] } };
  expect(safe(fields)).toBe(fields);
  const secret = { kept: { a: 1 }, inner: { token: 't' } };
  expect(safe(secret)).toEqual({ kept: { a: 1 }, inner: { token: '<removed>' } });
  expect(secret.inner.token).toBe('t');
});

it('what contains itself ends', () => {
  const loop: Record<string, unknown> = { token: 't' };
  loop['self'] = loop;
  expect(JSON.stringify(safe(loop))).not.toContain('"t"');
});
