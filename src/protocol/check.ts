/** The checks of a token and their outcomes. */
import type { ErrorCode } from './error-table.ts';

/** The checks of a token, in the order in which they are made (specification: Verification). */
export const CHECK_IDS = [
  'format',
  'algorithm',
  'claims',
  'issuer',
  'audience',
  'proof-of-work',
  'key',
  'signature',
  'issued-at',
  'expiry',
  'key-expiry',
  'type',
  'fields',
  'content',
  'recipient',
] as const;

/** The name of a check. */
export type CheckId = (typeof CHECK_IDS)[number];

/** The outcome of one check. `skip`: the check doesn't apply, or an earlier failure rules it out; `reason` says which. */
export interface Check<Id extends string = CheckId> {
  id: Id;
  status: 'pass' | 'fail' | 'skip';
  /** Present with `fail`; present with `skip` when an error kept the check from being made. */
  code?: ErrorCode;
  /** For a person who debugs: the actual values, with times in ISO 8601. */
  reason?: string;
}

/** A failed check. It always has a code and a reason. */
export interface FailedCheck<Id extends string = CheckId> extends Check<Id> {
  status: 'fail';
  code: ErrorCode;
  reason: string;
}

/** A passed check. */
export function pass<Id extends string>(id: Id, reason?: string): Check<Id> {
  return reason === undefined ? { id, status: 'pass' } : { id, status: 'pass', reason };
}

/** A failed check. */
export function fail<Id extends string>(id: Id, code: ErrorCode, reason: string): FailedCheck<Id> {
  return { id, status: 'fail', code, reason };
}

/** A check that was not made. */
export function skip<Id extends string>(id: Id, reason: string): Check<Id> {
  return { id, status: 'skip', reason };
}

/** The failed check that decides the answer: the first in the order of {@link CHECK_IDS}. `null`: none failed. */
export function firstFailure(checks: readonly Check[]): FailedCheck | null {
  return checks.find(isFailed) ?? null;
}

/** Whether the check failed. */
export function isFailed<Id extends string>(check: Check<Id>): check is FailedCheck<Id> {
  return check.status === 'fail';
}

/** Whether the key is why a token fails: another key may fit. */
export function keyFailed(checks: readonly Check[]): boolean {
  return checks.some(({ id, status }) => status === 'fail' && (id === 'key' || id === 'signature'));
}
