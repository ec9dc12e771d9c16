/** Checks of `doctor`, `smoke-test` and `verify-token` as cases of a report. */
import type { CheckId } from '../../protocol/check.ts';
import type { CheckReport, Finding } from '../../services/doctor/finding.ts';
import type { Verdict, VerifyReport } from '../../services/keys/verify-token.ts';
import type { ResultCase, ResultSuite } from '../results/suite.ts';

/** What was examined, and what came of it. */
export interface ExaminedSubject {
  /** An idTag, or a home. */
  subject: string;
  ms: number;
  checks: readonly CheckReport[];
  findings: readonly Finding[];
}

const OUTCOMES = { pass: 'passed', warn: 'warning', fail: 'failed', skip: 'skipped' } as const;

/** An examination as a suite, a case for each check. What follows from a finding names it. */
export function examinationSuite({ subject, ms, checks, findings }: ExaminedSubject): ResultSuite {
  const cases = checks.map(({ id, status, code, reason, hint, ms: durationMs }): ResultCase => {
    const own = findings.filter(({ check }) => check === id);
    const root = own.length > 0 ? undefined : findings.find(({ follows }) => follows.some(({ check }) => check === id));
    const evidence = own.length > 0 ? own.map(({ cause }) => cause) : undefined;
    return {
      name: id,
      outcome: OUTCOMES[status],
      code,
      message: reason,
      evidence,
      hint,
      durationMs,
      because: root?.check,
    };
  });
  return { name: subject, startedAt: Date.now() - ms, durationMs: ms, cases };
}

/** The examination of one token as a suite, a case for each check. */
export function tokenSuite(
  { actionId, claims, checks }: VerifyReport,
  verdict: Verdict,
  startedAt: number,
): ResultSuite {
  const root = checks.find(({ status }) => status === 'fail')?.id;
  const undecided = verdict.is === 'undecided' ? verdict : undefined;
  const cases = checks.map(({ id, status, code, reason: message }): ResultCase => {
    // The key that could not be fetched is what keeps the verdict open.
    if (undecided && id === 'key') return { name: id, outcome: 'failed', ...undecidedCase(undecided), durationMs: 0 };
    const because = status === 'skip' && applies(id, claims) ? (root ?? (undecided && 'key')) : undefined;
    return { name: id, outcome: OUTCOMES[status], code, message, durationMs: 0, because };
  });
  return { name: actionId ?? 'no token', startedAt, durationMs: Date.now() - startedAt, cases };
}

/** Whether a check of this token has anything to look at. What was skipped nevertheless could not be made. */
function applies(id: CheckId, claims: VerifyReport['claims']): boolean {
  if (claims === null) return true;
  if (id === 'audience') return claims['aud'] !== undefined;
  if (id === 'expiry') return claims['exp'] !== undefined;
  return id !== 'recipient';
}

/** A token of a batch as one case. */
export function tokenCase(line: number, { actionId }: VerifyReport, verdict: Verdict): ResultCase {
  const name = `line ${line}${actionId === null ? '' : ` ${actionId}`}`;
  if (verdict.is === 'valid') return { name, outcome: 'passed', durationMs: 0 };
  return { name, outcome: 'failed', ...undecidedCase(verdict), durationMs: 0 };
}

function undecidedCase(verdict: Exclude<Verdict, { is: 'valid' }>) {
  return { code: verdict.code, message: verdict.reason, hint: 'hint' in verdict ? verdict.hint : undefined };
}
