import { describe, expect, it } from 'vitest';
import { relativeTime, whenDue } from '../../src/protocol/reason-text.ts';

const NOW = 1_800_000_000_000;

describe('the distance of a time', () => {
  it.each([
    [-90, '1 min ago'],
    [-1, '1 s ago'],
    [0.4, 'now'],
    [7_300, 'in 2 h'],
  ])('%d seconds from now', (away, text) => {
    expect(relativeTime(NOW / 1000 + away, NOW / 1000)).toBe(text);
  });
});

describe('when something is tried again', () => {
  it('is never told as a time that is over', () => {
    expect(whenDue(NOW - 90_000, NOW)).toBe('now');
    expect(whenDue(NOW + 90_000, NOW)).toBe('in 1 min');
  });
});
