import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseRetryAfter } from '../../../src/federation/http/retry-after.ts';

const NOW = Date.UTC(2026, 0, 31, 12, 0, 0);

it.each([
  ['0', 0],
  ['17', 17],
  [' 17 ', 17],
  ['999999999999', 86_400],
  ['Sat, 31 Jan 2026 12:00:30 GMT', 30],
  ['Sat, 31 Jan 2026 11:00:00 GMT', 0],
  ['Fri, 31 Jan 2126 12:00:00 GMT', 86_400],
])('reads %j as %i s', (value, seconds) => expect(parseRetryAfter(value, NOW)).toBe(seconds));

it.each([null, '', '-5', '1.5', 'soon', '17 s', '2026-01-31', 'Infinity', '1e3'])('does not read %j', (value) => {
  expect(parseRetryAfter(value, NOW)).toBeUndefined();
});

it('answers a whole number from 0 to a day, or nothing, whatever a peer sends', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer(), (value, now) => {
      const seconds = parseRetryAfter(value, now);
      expect(seconds === undefined || (Number.isInteger(seconds) && seconds >= 0 && seconds <= 86_400)).toBe(true);
    }),
  );
});
