import { expect, test } from 'vitest';
import { CloudilloError, errorFromObject, errorToObject, refusedAt } from '../../src/protocol/errors.ts';

const full = new CloudilloError('dns.servfail', 'The lookup failed', {
  stage: 'dns',
  check: 'key',
  blame: 'us',
  retryAt: Date.UTC(2026, 10, 22, 18),
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
    blame: 'user',
    retryable: false,
  });
});

test('anything else is unexpected, with its own text as the cause', () => {
  expect(errorToObject(new TypeError('boom'))).toMatchObject({ code: 'internal.unexpected', cause: 'boom' });
  expect(errorToObject('text')).toMatchObject({ code: 'internal.unexpected', cause: 'text' });
});

test('every error has a refusal: itself without the words', () => {
  expect(full.refusal(1)).toEqual({
    code: 'dns.servfail',
    check: 'key',
    stage: 'dns',
    blame: 'us',
    retryAt: Date.UTC(2026, 10, 22, 18),
    facts: { host: 'cl-o.alice.test' },
  });
  const bare = { code: 'tls.name', check: null, stage: null, blame: 'peer', retryAt: null, facts: {} };
  expect(new CloudilloError('tls.name', 'x').refusal(1)).toEqual(bare);
  // Seconds count from when it is told.
  const later = new CloudilloError('tls.name', 'x', { retryAfter: 9 });
  expect(later.refusal(1000)).toEqual({ ...bare, retryAt: 10_000 });
});

test('what its caller knows better is added, and the rest stays', () => {
  const placed = refusedAt(full, { stage: 'key', facts: { step: 'dns' } });
  expect(errorToObject(placed)).toEqual({
    ...errorToObject(full),
    stage: 'key',
    details: { host: 'cl-o.alice.test', step: 'dns' },
  });
  expect(placed.stack).toBe(full.stack);
  expect(full.stage).toBe('dns');
});
