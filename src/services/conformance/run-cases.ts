/** Makes the cases of a plan, one after the other. */
import { CloudilloError } from '../../protocol/errors.ts';
import { NOBODY, type Observer, observed } from '../../protocol/observer.ts';
import type { Case, CaseResult, Verdict } from './case.ts';
import type { PlannedCase } from './plan.ts';
import { endFollowing } from './relations.ts';
import type { Target } from './target.ts';
import { EarlyVerdict, failed } from './verdict.ts';

/** The longest time of a case, milliseconds. A case waits for itself; this bounds what an instance can make it wait. */
const CASE_LIMIT_MS = 180_000;

/**
 * Makes the cases. They share the instance, and so never run side by side.
 * @param emit gets each result as it comes
 * @param observer gets a span for each case
 */
export async function runCases(
  target: Target,
  plan: readonly PlannedCase[],
  emit: (result: CaseResult) => void | Promise<void>,
  observer: Observer = NOBODY,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const planned of plan) {
    const { name, section, level } = planned.case;
    const start = performance.now();
    const verdict: Verdict =
      planned.skipped === null
        ? await observedVerdict(planned.case, target, observer)
        : { outcome: 'skipped', message: planned.skipped };
    const result = { name, section, level, ...verdict, durationMs: Math.round(performance.now() - start) };
    results.push(result);
    await emit(result);
  }
  if (plan.some((planned) => planned.skipped === null && planned.case.writes)) await tidyUp(target);
  return results;
}

/** Ends what the cases began. The instance was judged already: its failures now change nothing. */
async function tidyUp(target: Target): Promise<void> {
  try {
    await endFollowing(target);
  } catch (error) {
    if (!(error instanceof CloudilloError)) throw error;
  }
}

function observedVerdict(one: Case, target: Target, observer: Observer): Promise<Verdict> {
  return observed(observer, 'case', async (span) => {
    span?.fact('cloudillo.case', one.name);
    const verdict = await verdictOf(one, target);
    span?.fact('cloudillo.outcome', verdict.outcome);
    return verdict;
  });
}

/** The verdict of a case. A request that fails is part of it; a fault of the suite is not. */
async function verdictOf(one: Case, target: Target): Promise<Verdict> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Verdict>((resolve) => {
    timer = setTimeout(() => resolve(failed(`no verdict within ${CASE_LIMIT_MS / 1000} s`)), CASE_LIMIT_MS);
  });
  try {
    return await Promise.race([one.run(target), late]);
  } catch (error) {
    if (error instanceof EarlyVerdict) return error.verdict;
    if (!(error instanceof CloudilloError)) throw error;
    return { ...failed(`${error.code}: ${error.message}`), ...(error.hint !== undefined && { hint: error.hint }) };
  } finally {
    clearTimeout(timer);
  }
}
