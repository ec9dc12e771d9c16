/** Verifies an action that a peer served. */
import type { ActionView, FetchedAction } from '../../federation/peer/action-api.ts';
import { type Check, type CheckId, firstFailure } from '../../protocol/check.ts';
import { type ActionClaims, decodeToken } from '../../protocol/token.ts';
import { type ReportedKey, type Verdict, type VerifyDeps, verifyTokenReport } from '../keys/verify-token.ts';
import { viewDifferences } from './view-differences.ts';

/** The verdict on a fetched action. */
export type ActionVerdict = Verdict | { is: 'unverified'; reason: string };

/** An action that a peer served. */
export interface ActionReport {
  /** The identity that was asked. */
  from: string;
  actionId: string;
  /** The token matches the ID, and its issuer signed it. */
  verified: boolean;
  token: string | null;
  /** The signed claims; null without a token. */
  claims: Record<string, unknown> | null;
  /** The peer's view. */
  view: ActionView;
  /** Fields in which the view contradicts the token. */
  differences: string[];
  key: ReportedKey | null;
  checks: Check[];
}

/**
 * The checks that make an action authentic. Time limits apply to deliveries, not to old actions. The network's server
 * also stores types and subtypes that this project refuses on arrival.
 */
const AUTHENTICITY: ReadonlySet<CheckId> = new Set<CheckId>([
  'format',
  'algorithm',
  'claims',
  'issuer',
  'audience',
  'key',
  'signature',
  'key-expiry',
]);

/**
 * Verifies a fetched action by its issuer's signature, and compares the view with the signed claims. The caller has
 * checked the hash.
 * @throws nothing for an invalid action: the verdict says so
 */
export async function actionReport(
  deps: VerifyDeps,
  { view, token, verifiedId }: FetchedAction,
  { from, actionId }: { from: string; actionId: string },
): Promise<{ report: ActionReport; verdict: ActionVerdict }> {
  const base = { from, actionId, view, token };
  if (token === null) {
    const reason = `${from} gave no token, so this is only what its server says`;
    const report = { ...base, verified: false, claims: null, differences: [], key: null, checks: [] };
    return { report, verdict: { is: 'unverified', reason } };
  }
  const now = issuedAt(token);
  const { report: told, verdict: full } = await verifyTokenReport(deps, { token, now });
  const checks = told.checks.filter(({ id }) => AUTHENTICITY.has(id));
  const claims = told.claims;
  const hasWellFormedClaims = checks.every(({ id, status }) => id !== 'claims' || status === 'pass');
  const differences = claims && hasWellFormedClaims ? viewDifferences(view, claims as ActionClaims) : [];
  const verdict = judge(checks, full, differences, verifiedId);
  const verified = verdict.is === 'valid';
  return { report: { ...base, verified, claims, differences, key: told.key, checks }, verdict };
}

function judge(checks: Check[], full: Verdict, differences: string[], verifiedId: boolean): ActionVerdict {
  const failed = firstFailure(checks);
  if (failed) return { is: 'failed', code: failed.code, reason: failed.reason };
  if (checks.some(({ id, status }) => id === 'signature' && status !== 'pass')) {
    return full.is === 'valid' ? { is: 'failed', code: 'token.signature', reason: 'it was not verified' } : full;
  }
  if (differences.length > 0) {
    const reason = `the peer's view contradicts what was signed: ${differences.join(', ')}`;
    return { is: 'failed', code: 'check.view', reason };
  }
  if (verifiedId) return { is: 'valid' };
  return {
    is: 'unverified',
    reason: 'the signature is right, but a temporary ID says nothing about which action this is',
  };
}

function issuedAt(token: string): number {
  try {
    const { iat } = decodeToken(token).claims;
    return typeof iat === 'number' ? iat : 0;
  } catch {
    return 0; // The `iat` is malformed. The check `format` reports it, and no time limit matters.
  }
}
