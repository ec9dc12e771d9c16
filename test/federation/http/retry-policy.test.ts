import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_RETRY_POLICY,
  NO_RETRY,
  type RetryPolicy,
  retryDelay,
} from '../../../src/federation/http/retry-policy.ts';
import { CloudilloError } from '../../../src/protocol/errors.ts';

const RETRYABLE = new CloudilloError('network.reset', 'reset', { retryable: true });
const FINAL = new CloudilloError('peer.refused', 'no');

const policies = fc.record({
  attempts: fc.integer({ min: 1, max: 20 }),
  base: fc.integer({ min: 1, max: 10_000 }),
  factor: fc.double({ min: 1, max: 4, noNaN: true }),
  cap: fc.integer({ min: 1, max: 60_000 }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  retries: fc.constant(DEFAULT_RETRY_POLICY.retries),
});
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('retryDelay', () => {
  it('doubles from the base up to the cap', () => {
    const policy: RetryPolicy = { ...DEFAULT_RETRY_POLICY, attempts: 9, base: 100, factor: 2, cap: 500, jitter: 0 };
    expect([1, 2, 3, 4, 5].map((attempt) => retryDelay(policy, attempt, RETRYABLE, 0))).toEqual([
      100, 200, 400, 500, 500,
    ]);
  });

  it("takes the jitter's share off", () => {
    const policy = { ...DEFAULT_RETRY_POLICY, base: 1_000, jitter: 0.5 };
    expect(retryDelay(policy, 1, RETRYABLE, 0)).toBe(1_000);
    expect(retryDelay(policy, 1, RETRYABLE, 0.5)).toBe(750);
  });

  it('is never negative, never beyond the cap, and at least the pause less its jitter', () => {
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 20 }), random, (policy, attempt, chance) => {
        const delay = retryDelay(policy, attempt, RETRYABLE, chance);
        if (attempt >= policy.attempts) {
          expect(delay).toBeNull();
          return;
        }
        const full = Math.min(policy.cap, policy.base * policy.factor ** (attempt - 1));
        expect(delay).toBeGreaterThanOrEqual(full * (1 - policy.jitter) - 1e-9);
        expect(delay).toBeLessThanOrEqual(policy.cap);
      }),
    );
  });

  it('never comes back before Retry-After, and gives up when that is beyond the cap', () => {
    fc.assert(
      fc.property(policies, fc.integer({ min: 0, max: 120 }), random, (policy, retryAfter, chance) => {
        const error = new CloudilloError('peer.error', 'later', { retryable: true, retryAfter });
        const delay = retryDelay({ ...policy, attempts: 2 }, 1, error, chance);
        if (retryAfter * 1000 > policy.cap) expect(delay).toBeNull();
        else expect(delay).toBeGreaterThanOrEqual(retryAfter * 1000);
      }),
    );
  });

  it('does not get shorter from attempt to attempt without jitter', () => {
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 18 }), (policy, attempt) => {
        const steady = { ...policy, attempts: 20, jitter: 0 };
        const next = retryDelay(steady, attempt + 1, RETRYABLE, 0);
        expect(next).toBeGreaterThanOrEqual(retryDelay(steady, attempt, RETRYABLE, 0) as number);
      }),
    );
  });

  it('gives up on what does not retry', () => {
    expect(retryDelay(DEFAULT_RETRY_POLICY, 1, FINAL, 0)).toBeNull();
    expect(retryDelay(DEFAULT_RETRY_POLICY, 1, new Error('a bug'), 0)).toBeNull();
    expect(retryDelay(NO_RETRY, 1, RETRYABLE, 0)).toBeNull();
  });
});
