/** The work of `doctor` without an identity. */
import type { ErrorCode } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { type FaultId, faultTexts } from '../../services/doctor/faults.ts';
import { HOME_CHECK_IDS, type HomeExamination } from '../../services/doctor/local/examine-home.ts';

/** What opens the home before anything of it can be looked at. */
const ABOUT_THE_HOME = /^(home|store|key)\./;

/** Errors that say more than that the home can't be opened. */
const FAULTS: Partial<Record<ErrorCode, FaultId>> = { 'store.full': 'disk-full', 'home.silent': 'server-hangs' };

/**
 * What an examination found, also when the home can't be opened: then that is the finding.
 * @throws the error, when it says nothing about the home
 */
export async function examinationOf(home: string, examine: () => Promise<HomeExamination>): Promise<HomeExamination> {
  const start = performance.now();
  try {
    return await examine();
  } catch (error) {
    if (!(error instanceof CloudilloError) || !ABOUT_THE_HOME.test(error.code)) throw error;
    const fault = FAULTS[error.code] ?? 'home-closed';
    const [check, ...others] = HOME_CHECK_IDS;
    const { severity, cause, next } = faultTexts(fault, { hint: error.hint ?? 'See what it says.' });
    const { code, message } = error;
    const follows = others.map((each) => ({ check: each, fault: null, code: null, evidence: [] }));
    const evidence = [message];
    const finding = { check, fault, code, severity, evidence, cause, next, follows };
    const ms = Math.round(performance.now() - start);
    const failed = { id: check, status: 'fail', code, reason: message, hint: next, ms } as const;
    const skipped = others.map((id) => ({ id, status: 'skip', reason: `not made: see ${check}`, ms: 0 }) as const);
    return { home, healthy: false, ms, findings: [finding], checks: [failed, ...skipped] };
  }
}
