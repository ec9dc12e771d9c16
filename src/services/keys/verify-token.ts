import { fail, skip } from '../../protocol/check.ts';
import { type ErrorCode, isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { isCanonicalIdTag } from '../../protocol/id-tag.ts';
import { type DecodedToken, decodeToken } from '../../protocol/token.ts';
import {
  type Check,
  type CheckId,
  firstFailure,
  type Verification,
  verifyDecoded,
  verifyToken,
} from '../../protocol/verify.ts';
import type { KeyAnswer, KeyOrigin, KeySource, NoKey } from './key-sources.ts';

/** What to verify, and as seen by whom and when. */
export interface VerifyInput {
  token: string;
  /** The identity that the token was handed to, canonical; without it `recipient` is skipped. */
  recipient?: string | undefined;
  /** Unix seconds. */
  now: number;
  /** Forgiven clock difference, seconds. Default: the protocol's 60. */
  leeway?: number | undefined;
}

/** The key that was used, and where it came from. */
export interface ReportedKey {
  source: KeyOrigin;
  /** Path or URL. */
  location: string;
  keyId: string;
  fingerprint: string;
}

/** Everything that can be said about a token. `valid` only when no check failed and the signature was verified. */
export interface VerifyReport {
  valid: boolean;
  actionId: string | null;
  header: Record<string, unknown> | null;
  claims: Record<string, unknown> | null;
  key: ReportedKey | null;
  checks: Check[];
}

/** A verdict in one word, with the code and reason that decided it. */
export type Verdict =
  | { is: 'valid' }
  | { is: 'failed'; code: ErrorCode; reason: string }
  | { is: 'undecided'; code: ErrorCode; reason: string; hint?: string | undefined };

/**
 * Decode → find the key → verify, and report every check.
 * @throws nothing for a bad token or an unreachable issuer: both are in the report
 */
export async function verifyTokenReport(
  { keys }: { keys: KeySource },
  { token, recipient, now, leeway }: VerifyInput,
): Promise<{ report: VerifyReport; verdict: Verdict }> {
  const decoded = tryDecode(token);
  if (!decoded) return undecodable(await verifyToken(token, { key: null, now }));
  const answer = await findKeyFor(decoded, keys);
  const checks = await verifyDecoded(decoded, {
    key: answer?.key ?? null,
    ...(answer && answer.key === null && { keyProblem: { code: answer.code, reason: answer.reason } }),
    now,
    leeway,
    recipient,
  });
  if (!answer?.key) replaceKeyCheck(checks, answer);
  const { actionId, header, claims } = decoded;
  const report = { valid: isValid(checks), actionId, header, claims, key: reportedKey(answer), checks };
  return { report, verdict: verdictOf(report, answer) };
}

function tryDecode(token: string): DecodedToken | null {
  try {
    return decodeToken(token);
  } catch (error) {
    if (error instanceof CloudilloError) return null; // The `format` check reports it.
    throw error;
  }
}

function undecodable({ checks }: Verification): { report: VerifyReport; verdict: Verdict } {
  const report = { valid: false, actionId: null, header: null, claims: null, key: null, checks };
  return { report, verdict: verdictOf(report, null) };
}

/** The protocol's own condition (`verifyToken`): nothing failed, and the two that matter were made. */
function isValid(checks: readonly Check[]): boolean {
  const passed = (id: CheckId) => checks.some((check) => check.id === id && check.status === 'pass');
  return checks.every(({ status }) => status !== 'fail') && passed('key') && passed('signature');
}

function reportedKey(answer: KeyAnswer | null): ReportedKey | null {
  if (!answer?.key) return null;
  const { source, location, fingerprint, key } = answer;
  return { source, location, keyId: key.keyId, fingerprint };
}

/** An issuer that isn't a canonical idTag is never looked up: it would become part of a path or a URL. */
async function findKeyFor({ claims }: DecodedToken, keys: KeySource): Promise<KeyAnswer | null> {
  const { iss, k } = claims;
  if (typeof iss !== 'string' || typeof k !== 'string' || !isCanonicalIdTag(iss)) return null;
  return keys(iss, k);
}

/** "fail" is for what is proven; a key that couldn't be had, or wasn't asked for, is a check that wasn't made. */
function replaceKeyCheck(checks: Check[], answer: NoKey | null): void {
  const index = checks.findIndex(({ id }) => id === 'key');
  if (answer) {
    const { code, reason } = answer;
    // Of a token that is proven wrong; any other code is something that kept us from telling.
    checks[index] = isCodeOf(code, 'token', 'check') ? fail('key', code, reason) : { ...skip('key', reason), code };
  } else {
    checks[index] = skip('key', 'nobody was asked: the token names no usable issuer and key');
  }
}

/** A proven failure outranks a key that couldn't be had. */
function verdictOf({ valid, checks }: VerifyReport, answer: KeyAnswer | null): Verdict {
  if (valid) return { is: 'valid' };
  const first = firstFailure(checks);
  if (first) return { is: 'failed', code: first.code, reason: first.reason };
  if (answer?.key === null) return { is: 'undecided', code: answer.code, reason: answer.reason, hint: answer.hint };
  return { is: 'failed', code: 'token.unverified', reason: 'the signature was not verified' };
}
