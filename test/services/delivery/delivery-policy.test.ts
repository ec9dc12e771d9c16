import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../src/protocol/error-table.ts';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import {
  deliveryPause,
  isExpired,
  isPermanent,
  mayEndUntried,
  nextAttempt,
  retryTime,
} from '../../../src/services/delivery/delivery-policy.ts';
import { clockOf } from '../../support/clock.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const at = (now: number) => clockOf(() => now);

describe('the schedule', () => {
  it('is 60 s doubling to 6 h', () => {
    const minutes = Array.from({ length: 11 }, (_, i) => deliveryPause(i + 1) / 60_000);
    expect(minutes).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]);
  });

  it('ends after 3 days, and not much before', () => {
    let now = 0;
    let attempts = 1;
    for (let next = nextAttempt(attempts, 0, at(now)); next !== null; next = nextAttempt(attempts, 0, at(now))) {
      now = next;
      attempts += 1;
    }
    expect(now).toBeLessThanOrEqual(3 * DAY);
    expect(now).toBeGreaterThan(3 * DAY - 6 * HOUR);
    expect(attempts).toBe(20);
  });

  it('is always in the future, at most 6 h away, and never past the end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.nat(4 * DAY), fc.nat(200_000), (attempts, age, retryAfter) => {
        const next = nextAttempt(attempts, 1_000, at(1_000 + age), retryAfter);
        if (next === null) {
          expect(age).toBeGreaterThan(3 * DAY - 6 * HOUR);
          return;
        }
        expect(next).toBeGreaterThan(1_000 + age);
        expect(next - age - 1_000).toBeLessThanOrEqual(6 * HOUR);
        expect(next).toBeLessThanOrEqual(1_000 + 3 * DAY);
      }),
    );
  });

  it.each([
    ['fifty years ago, by a clock without battery', 0],
    ['in ten days, by a clock that was ahead', 1_800_000_000_000 + 10 * DAY],
  ])('goes by the attempts when a delivery was queued %s', (_when, firstAt) => {
    const now = 1_800_000_000_000;
    for (const attempts of [1, 10, 19]) expect(nextAttempt(attempts, firstAt, at(now))).toBeGreaterThan(now);
    expect(nextAttempt(20, firstAt, at(now))).toBeNull();
    expect(mayEndUntried(firstAt, now, 19)).toBe(false);
    expect(mayEndUntried(firstAt, now, 20)).toBe(true);
    expect(mayEndUntried(now - 4 * DAY, now, 1)).toBe(true);
  });

  it('honours Retry-After where it is longer', () => {
    expect(nextAttempt(1, 0, at(0), 3_600)).toBe(HOUR);
    expect(nextAttempt(9, 0, at(0), 60)).toBe(deliveryPause(9));
  });
});

describe('a peer that fails', () => {
  it('is asked again by the same pauses, without an end', () => {
    expect([1, 2, 3, 30].map((failures) => retryTime(failures, 1000) - 1000)).toEqual([
      60_000,
      120_000,
      240_000,
      6 * HOUR,
    ]);
    expect(retryTime(1, 1000, 3600)).toBe(1000 + HOUR);
    expect(retryTime(1, 1000, 1e9)).toBe(1000 + 6 * HOUR);
  });

  it('ends what would be tried too late', () => {
    expect(isExpired(1000, 1000 + 3 * DAY, at(0))).toBe(false);
    expect(isExpired(1000, 1001 + 3 * DAY, at(0))).toBe(true);
  });
});

describe('isPermanent', () => {
  const error = (code: ErrorCode, retryable = false) => new CloudilloError(code, code, { retryable });

  it.each<ErrorCode>([
    'dns.nxdomain',
    'dns.nodata',
    'dns.timeout',
    'network.refused',
    'network.timeout',
    'network.address-blocked',
    'tls.untrusted',
    'tls.expired',
    'tls.name',
    'peer.error',
  ])('%s may get better', (code) => expect(isPermanent(error(code))).toBe(false));

  it.each<ErrorCode>(['peer.refused', 'network.redirect', 'usage.id-tag', 'token.claims'])('%s is final', (code) => {
    expect(isPermanent(error(code))).toBe(true);
  });

  it('a refusal with 408 or 429 is not final', () => expect(isPermanent(error('peer.refused', true))).toBe(false));

  it('a bug is no refusal of the peer', () => expect(isPermanent(new TypeError('x'))).toBe(false));
});
