import { expect, test } from 'vitest';
import { failure, success, unwrap, wireErrorOf, wireTime } from '../../src/protocol/envelope.ts';
import { WIRE_ERRORS } from '../../src/protocol/wire-error.ts';
import { codeOf } from '../support/codes.ts';

const meta = { now: new Date('2026-01-31T12:00:00.999Z'), reqId: 'k3x9' };

test('times are whole seconds in UTC', () => {
  expect(wireTime(meta.now)).toBe('2026-01-31T12:00:00Z');
});

test('success and lists', () => {
  expect(success({ a: 1 }, meta)).toEqual({ data: { a: 1 }, time: '2026-01-31T12:00:00Z', reqId: 'k3x9' });
  const cursorPagination = { nextCursor: 'next', hasMore: true };
  expect(success([1], meta, { cursorPagination })).toEqual({ ...success([1], meta), cursorPagination });
});

test('details are left out when there are none', () => {
  expect(failure('E-VAL-INVALID', 'x')).toEqual({ error: { code: 'E-VAL-INVALID', message: 'x' } });
  expect(failure('E-RATE-BANNED', 'x', { remainingSecs: 5 }).error.details).toEqual({ remainingSecs: 5 });
});

test.each([
  [{ data: null, time: 'x', reqId: 'y' }, null],
  [{ data: [1], cursorPagination: {}, time: 'x', reqId: 'y', future: 1 }, [1]],
  [{ data: 5 }, 5],
  [{ idTag: 'x' }, { idTag: 'x' }],
  [
    { data: 1, idTag: 'x' },
    { data: 1, idTag: 'x' },
  ],
  [[1], [1]],
  ['text', 'text'],
  [null, null],
])('%j unwraps to %j', (json, data) => {
  expect(unwrap(json)).toEqual(data);
});

test('an error envelope is thrown with the peer’s code', () => {
  const json = { error: { code: 'E-AUTH-NOPERM', message: 'no', details: { a: 1 } } };
  expect(codeOf(() => unwrap(json))).toBe('peer.error');
  expect(wireErrorOf(json)).toEqual({ code: 'E-AUTH-NOPERM', message: 'no', details: { a: 1 } });
});

test.each([null, 'E-X', {}, { error: 'x' }, { error: { message: 'x' } }, { error: { code: 5 } }])(
  '%j is no error envelope',
  (json) => {
    expect(wireErrorOf(json)).toBeNull();
  },
);

test('every status of the table has a code', () => {
  const statuses = new Set<number>(Object.values(WIRE_ERRORS));
  expect([...statuses].sort()).toEqual([400, 401, 403, 404, 408, 409, 410, 428, 429, 500, 503]);
});
