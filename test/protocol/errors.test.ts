import { expect, test } from 'vitest';
import { CloudilloError, errorFromObject, errorToObject } from '../../src/protocol/errors.ts';

const full = new CloudilloError('dns.servfail', 'The lookup failed', {
  stage: 'dns',
  retryable: true,
  hint: 'Try again.',
  retryAfter: 5,
  details: { host: 'cl-o.alice.test' },
  cause: Object.assign(new Error('query failed', { cause: new Error('root') }), { code: 'ESERVFAIL' }),
});

test('an error goes through the control door and is thrown again as it was', () => {
  const object = errorToObject(full);
  expect(JSON.parse(JSON.stringify(object))).toEqual(object);
  expect(errorToObject(errorFromObject(object))).toEqual(object);
  expect(object.cause).toBe('ESERVFAIL: query failed (root)');
});

test('what is absent is left out', () => {
  expect(errorToObject(new CloudilloError('usage.value', 'x'))).toEqual({
    code: 'usage.value',
    message: 'x',
    retryable: false,
  });
});

test('anything else is unexpected, with its own text as the cause', () => {
  expect(errorToObject(new TypeError('boom'))).toMatchObject({ code: 'internal.unexpected', cause: 'boom' });
  expect(errorToObject('text')).toMatchObject({ code: 'internal.unexpected', cause: 'text' });
});
