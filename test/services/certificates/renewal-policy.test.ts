import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isDue,
  nextAttempt,
  nextQuestion,
  renewalByLifetime,
  renewalInWindow,
  withinLifetime,
  withinPolicy,
} from '../../../src/services/certificates/renewal-policy.ts';
import type { RenewalState } from '../../../src/store/identities/acme-files.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.parse('2026-01-31T12:00:00Z');
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const time = fc.integer({ min: NOW - 400 * DAY, max: NOW + 4000 * DAY });
const validity = fc
  .tuple(time, fc.integer({ min: 1000, max: 4000 * DAY }))
  .map(([from, ms]) => ({ from, to: from + ms }));
const state: fc.Arbitrary<RenewalState> = fc.record({
  directory: fc.constant('https://acme.test/dir'),
  issuedAt: fc.option(time),
  nextAt: time,
  notBefore: fc.option(time),
  askAt: fc.option(time),
  failures: fc.integer({ min: 0, max: 100 }),
  failedAt: fc.option(time),
  error: fc.constant(null),
});

describe('when a certificate is renewed', () => {
  it('is when a third of its lifetime remains, or up to a thirtieth earlier', () => {
    fc.assert(
      fc.property(validity, random, ({ from, to }, chance) => {
        const at = renewalByLifetime({ from, to }, chance);
        const rest = (to - at) / (to - from);
        expect(rest).toBeGreaterThanOrEqual(1 / 3 - 0.001);
        expect(rest).toBeLessThanOrEqual(1 / 3 + 1 / 30 + 0.001);
      }),
    );
    const ninety = { from: NOW, to: NOW + 90 * DAY };
    expect([0, 0.999].map((chance) => Math.floor((renewalByLifetime(ninety, chance) - NOW) / DAY))).toEqual([60, 57]);
  });

  it('is within the window of the authority, and now when that is past', () => {
    fc.assert(
      fc.property(time, fc.integer({ min: 1, max: 30 * DAY }), random, (start, ms, chance) => {
        const at = renewalInWindow({ start, end: start + ms }, NOW, chance);
        expect(at).toBeGreaterThanOrEqual(Math.max(start, NOW));
        expect(at).toBeLessThanOrEqual(Math.max(start + ms, NOW));
      }),
    );
  });

  it('is not at once again when the authority is always in a hurry', () => {
    const within = (validity: { from: number; to: number }) => withinLifetime(NOW, { issuedAt: NOW, validity });
    expect(within({ from: NOW - HOUR, to: NOW + 90 * DAY })).toBe(NOW + HOUR);
    expect(within({ from: NOW, to: NOW + HOUR })).toBe(NOW + HOUR / 10);
  });

  it('lets no certificate expire when the authority names a time too late', () => {
    const validity = { from: NOW, to: NOW + 90 * DAY };
    expect(withinLifetime(NOW + 400 * DAY, { issuedAt: NOW, validity })).toBe(NOW + 81 * DAY);
    expect(withinLifetime(NOW + 70 * DAY, { issuedAt: NOW, validity })).toBe(NOW + 70 * DAY);
  });

  it('asks the authority as often as it wants, but once a minute at most and once a day at least', () => {
    expect([undefined, 0, 3600, 10_000_000].map((seconds) => nextQuestion(seconds, NOW) - NOW)).toEqual([
      6 * HOUR,
      60_000,
      HOUR,
      DAY,
    ]);
  });
});

describe('when a failed renewal is tried again', () => {
  it('is after a pause that grows from five minutes to twelve hours, up to a quarter shorter', () => {
    const pauses = [1, 2, 3, 8, 9, 1000].map((failures) => nextAttempt(failures, NOW, 0) - NOW);
    expect(pauses.map((ms) => ms / 60_000)).toEqual([5, 10, 20, 640, 720, 720]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), random, (failures, chance) => {
        const most = nextAttempt(failures, NOW, 0);
        const at = nextAttempt(failures, NOW, chance);
        expect(at).toBeLessThanOrEqual(most);
        expect(at - NOW).toBeGreaterThanOrEqual(((most - NOW) * 3) / 4 - 1);
      }),
    );
  });

  it('asks a name for a proof five times an hour at most, as authorities allow', () => {
    let at = NOW;
    const attempts = [at];
    for (let failures = 1; failures < 20; failures++) {
      at = nextAttempt(failures, at, 0.9999);
      attempts.push(at);
    }
    const within = attempts.map((begin) => attempts.filter((each) => each >= begin && each < begin + HOUR).length);
    expect(Math.max(...within)).toBeLessThanOrEqual(5);
  });

  it('is never before the authority allows', () => {
    expect(isDue({ nextAt: 0, notBefore: NOW + 1 }, NOW)).toBe(false);
    expect(isDue({ nextAt: 0, notBefore: NOW }, NOW)).toBe(true);
    expect(isDue({ nextAt: NOW + 1, notBefore: null }, NOW)).toBe(false);
  });
});

describe('a state from the disk', () => {
  it('has no time that lies further ahead than the policy makes it, and is otherwise as it was', () => {
    fc.assert(
      fc.property(state, fc.option(validity), (kept, valid) => {
        const taken = withinPolicy(kept, valid, NOW);
        const most = kept.failures > 0 || valid === null ? NOW + 12 * HOUR : renewalByLifetime(valid, 0);
        expect(taken.nextAt).toBe(Math.min(kept.nextAt, most));
        for (const [now, before] of [
          [taken.notBefore, kept.notBefore],
          [taken.askAt, kept.askAt],
        ] as const) {
          expect(now).toBe(before === null ? null : Math.min(before, NOW + DAY));
        }
        expect({ ...taken, nextAt: 0, notBefore: 0, askAt: 0 }).toEqual({ ...kept, nextAt: 0, notBefore: 0, askAt: 0 });
      }),
    );
  });
});
