/** Verifies a token and reports every check. */
import { fail, skip } from '../../protocol/check.ts';
import { type ErrorCode, isCodeOf } from '../../protocol/error-table.ts';
import { isCanonicalIdTag } from '../../protocol/id-tag.ts';
import { NOBODY, type Observer } from '../../protocol/observer.ts';
import { brief } from '../../protocol/reason-text.ts';
import { repeatedMembers } from '../../protocol/repeated-members.ts';
import { type DecodedToken, decodeTokenOrNull } from '../../protocol/token.ts';
import {
  type Check,
  type CheckId,
  firstFailure,
  type Verification,
  verifyDecoded,
  verifyToken,
} from '../../protocol/verify.ts';
import type { KeyAnswer, KeyOrigin, KeySource, NoKey } from './key-sources.ts';
import { strictChecks } from './strict-checks.ts';

/** The token, its recipient and the time. */
export interface VerifyInput {
  token: string;
  /** The canonical idTag that the token was given to; without it the check `recipient` is skipped. */
  recipient?: string | undefined;
  /** The time of verification, unix seconds. */
  now: number;
  /** The allowed clock difference, seconds. Default: the protocol's 60. */
  leeway?: number | undefined;
  /** Refuse what no careful issuer signs, though peers take it. */
  strict?: boolean | undefined;
}

/** The key that was used, and its source. */
export interface ReportedKey {
  source: KeyOrigin;
  /** The path or URL of the key. */
  location: string;
  keyId: string;
  fingerprint: string;
}

/** The report on a token. It is `valid` only when no check failed and the signature was verified. */
export interface VerifyReport {
  valid: boolean;
  actionId: string | null;
  header: Record<string, unknown> | null;
  claims: Record<string, unknown> | null;
  key: ReportedKey | null;
  checks: Check[];
}

/** The verdict, with the code and the reason that decided it. */
export type Verdict =
  | { is: 'valid' }
  | { is: 'failed'; code: ErrorCode; reason: string }
  | { is: 'undecided'; code: ErrorCode; reason: string; hint?: string | undefined };

/** What a verification works with. */
export interface VerifyDeps {
  keys: KeySource;
  /** Gets a span for the signature and the checks that need it. Default: nobody does. */
  observer?: Observer;
}

/**
 * Decodes a token, finds the key, verifies, and reports every check.
 * @throws nothing for a bad token or an unreachable issuer: both are in the report
 */
export async function verifyTokenReport(
  { keys, observer = NOBODY }: VerifyDeps,
  { token, recipient, now, leeway, strict }: VerifyInput,
): Promise<{ report: VerifyReport; verdict: Verdict }> {
  const decoded = decodeTokenOrNull(token);
  if (!decoded) return undecodable(await verifyToken(token, { key: null, now }));
  const answer = await findKeyFor(decoded, keys);
  const span = answer?.key ? observer.begin('signature') : null;
  const made = await verifyDecoded(decoded, {
    key: answer?.key ?? null,
    ...(answer && answer.key === null && { keyProblem: { code: answer.code, reason: answer.reason } }),
    now,
    leeway,
    recipient,
  });
  const { actionId, header, claims } = decoded;
  const checks = strict ? strictChecks(made, claims, now) : made;
  if (!answer?.key) replaceKeyCheck(checks, answer);
  refuseRepeated(checks, token);
  const failed = firstFailure(checks);
  span?.end(failed && { code: failed.code, message: failed.reason });
  const report = { valid: isValid(checks), actionId, header, claims, key: reportedKey(answer), checks };
  return { report, verdict: verdictOf(report, answer) };
}

function undecodable({ checks }: Verification): { report: VerifyReport; verdict: Verdict } {
  const report = { valid: false, actionId: null, header: null, claims: null, key: null, checks };
  return { report, verdict: verdictOf(report, null) };
}

/** The protocol's condition (`verifyToken`): no check failed, and `key` and `signature` passed. */
function isValid(checks: readonly Check[]): boolean {
  const passed = (id: CheckId) => checks.some((check) => check.id === id && check.status === 'pass');
  return checks.every(({ status }) => status !== 'fail') && passed('key') && passed('signature');
}

function reportedKey(answer: KeyAnswer | null): ReportedKey | null {
  if (!answer?.key) return null;
  const { source, location, fingerprint, key } = answer;
  return { source, location, keyId: key.keyId, fingerprint };
}

/** An issuer that is no canonical idTag is never looked up: it would become part of a path or a URL. */
async function findKeyFor({ claims }: DecodedToken, keys: KeySource): Promise<KeyAnswer | null> {
  const { iss, k } = claims;
  if (typeof iss !== 'string' || typeof k !== 'string' || !isCanonicalIdTag(iss)) return null;
  return keys(iss, k);
}

/** A check fails only when that is proven. It is skipped when the key could not be fetched or was not asked for. */
function replaceKeyCheck(checks: Check[], answer: NoKey | null): void {
  const index = checks.findIndex(({ id }) => id === 'key');
  if (answer) {
    const { code, reason } = answer;
    // These codes prove that the token is wrong; others say why the key is unknown.
    checks[index] = isCodeOf(code, 'token', 'check') ? fail('key', code, reason) : { ...skip('key', reason), code };
  } else {
    checks[index] = skip('key', 'the token names no usable issuer and key');
  }
}

/** Fails the check of the header, or of the claims, in which a name stands twice: others may read the other value. */
function refuseRepeated(checks: Check[], token: string): void {
  const parts = token.split('.').map((part) => Buffer.from(part, 'base64url').toString('utf8'));
  const found = [
    ['algorithm', 'token.algorithm', repeatedMembers(parts[0] ?? '')],
    ['claims', 'token.claims', repeatedMembers(parts[1] ?? '')],
  ] as const;
  for (const [id, code, names] of found) {
    if (names.length === 0) continue;
    const index = checks.findIndex((check) => check.id === id);
    checks[index] = fail(id, code, `stands twice: ${names.map(brief).join(', ')}`);
  }
}

/** A proven failure outranks an unknown key. */
function verdictOf({ valid, checks }: VerifyReport, answer: KeyAnswer | null): Verdict {
  if (valid) return { is: 'valid' };
  const first = firstFailure(checks);
  if (first) return { is: 'failed', code: first.code, reason: first.reason };
  if (answer?.key === null) return { is: 'undecided', code: answer.code, reason: answer.reason, hint: answer.hint };
  return { is: 'failed', code: 'token.unverified', reason: 'the signature was not verified' };
}
