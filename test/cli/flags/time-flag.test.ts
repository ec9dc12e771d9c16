import { describe, expect, it } from 'vitest';
import { parseTime } from '../../../src/cli/flags/time-flag.ts';

const NOW = Date.parse('2026-01-31T12:00:00.500Z');

describe('parseTime', () => {
  it.each([
    ['2026-01-31T12:00:00Z', 1_769_860_800],
    ['2026-01-31T13:00:00+01:00', 1_769_860_800],
    ['2026-01-31', 1_769_817_600],
    ['2028-02-29', 1_835_395_200],
    ['1769860800', 1_769_860_800],
    ['1h30m', 1_769_855_400],
    ['7d', 1_769_256_000],
  ])('%s is %i', (text, seconds) => {
    expect(parseTime(text, -1, NOW)).toBe(seconds);
  });

  it('takes a duration the other way where a time to come is meant', () => {
    expect(parseTime('90d', 1, NOW)).toBe(1_769_860_800 + 90 * 86_400);
  });

  it.each([
    '',
    'yesterday',
    '2026',
    '20260131',
    '2026-01-31T24:00:01Z',
    '2026-01-31T12:00:00+25:00',
    '2026-01-31T12:00:00',
    '-1h',
    '1 h',
    '1w',
    '2026-11-31',
    '2026-02-29T12:00:00Z',
    '2026-00-10',
    '2026-01-00',
  ])('refuses %j', (text) => {
    expect(() => parseTime(text, -1, NOW)).toThrow(expect.objectContaining({ code: 'usage.time' }));
  });
});
