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

/** Name of a check. */
export type CheckId = (typeof CHECK_IDS)[number];

/** One check's outcome. `skip`: it doesn't apply, or an earlier failure leaves nothing to look at: `reason` tells. */
export interface Check<Id extends string = CheckId> {
  id: Id;
  status: 'pass' | 'fail' | 'skip';
  /** Always there with `fail`; with `skip` when an error kept the check from being made. */
  code?: ErrorCode;
  /** For a person who debugs: the actual values, times in ISO 8601. */
  reason?: string;
}

/** A check that failed: why is always known. */
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

/** A check that wasn't made. */
export function skip<Id extends string>(id: Id, reason: string): Check<Id> {
  return { id, status: 'skip', reason };
}

/** The failure that decides the answer: the first in the order of the checks. */
export function firstFailure(checks: readonly Check[]): FailedCheck | null {
  return checks.find(isFailed) ?? null;
}

/** Did the check fail? */
export function isFailed<Id extends string>(check: Check<Id>): check is FailedCheck<Id> {
  return check.status === 'fail';
}
