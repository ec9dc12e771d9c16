/** Follow-ups of the delivery worker's attempts. */
import { errorToObject } from '../../protocol/errors.ts';
import type { DeliveryReport } from '../delivery/delivery-report.ts';
import { type HistoryDeps, pullHistory } from '../inbox/pull-history.ts';
import { type LearnNameDeps, learnName } from '../peers/learn-name.ts';
import { withLock } from '../runtime/locks.ts';
import { createStages } from '../runtime/stages.ts';
import type { CreateDeps } from './create-action.ts';
import { createWithWork } from './create-with-work.ts';
import { WORK_LIMITS, wantedWork } from './make-proof-of-work.ts';

/** The parts that the follow-ups need. */
export type AfterAttemptDeps = CreateDeps & HistoryDeps & LearnNameDeps;

/**
 * Follows up on a worker's attempt: a CONN that was refused for want of proof of work is sent again with it, and the
 * name of a new peer and the history of a newly followed one are fetched. A command does all of it itself. It never rejects; errors are logged.
 */
export async function afterAttempt(deps: AfterAttemptDeps, report: DeliveryReport, stop: AbortSignal): Promise<void> {
  const { tenant, actionId, to, state } = report;
  const row = deps.store.row(tenant, actionId);
  if (row?.audience !== to) return;
  try {
    if (state === 'delivered') await learnName(deps, tenant, to);
    if (!row.current || row.subtype !== null) return;
    if (row.type === 'FLLW' && state === 'delivered') {
      const { problem } = await pullHistory(
        deps,
        createStages(() => {}),
        tenant,
        to,
      );
      if (problem) deps.log('info', `no history of ${to}`, { tenant, peer: to, error: problem });
    }
    if (row.type === 'CONN' && state === 'refused') await askWithWork(deps, report, stop);
  } catch (error) {
    deps.log('warn', `the follow-up of a delivery to ${to} failed`, { tenant, actionId, error: errorToObject(error) });
  }
}

/** One at a time: each takes a core for up to a minute. */
async function askWithWork(
  deps: AfterAttemptDeps,
  { tenant, actionId, to, error }: DeliveryReport,
  stop: AbortSignal,
): Promise<void> {
  const level = wantedWork(error);
  // A token with the work that is refused all the same must not repeat for ever.
  const asked = level === null ? null : await deps.store.action(tenant, actionId);
  if (level === null || !asked || asked.token.endsWith('A'.repeat(level))) return;
  const isWanted = () => deps.store.row(tenant, actionId)?.current === true;
  await withLock(deps, { kind: 'proof-of-work' }, async (deps) => {
    if (!isWanted()) return;
    const limits = { ...WORK_LIMITS, stopped: () => stop.aborted || !isWanted() };
    const { c: content } = asked.claims;
    const draft = { type: 'CONN', audienceTag: to, ...(content !== undefined && { content }) };
    const { actionId: again } = await createWithWork(deps, tenant, draft, { refused: actionId, level, limits });
    deps.log('info', `Asking ${to} again, with proof of work`, { tenant, actionId: again, level });
  });
}

/** Starts {@link afterAttempt} for each of the worker's attempts; they don't wait for it. */
export function createFollowUps(
  deps: AfterAttemptDeps,
  stop: AbortSignal,
): { onAttempt: (report: DeliveryReport) => void; idle: () => Promise<void> } {
  const running = new Set<Promise<void>>();
  return {
    onAttempt: (report) => {
      if (stop.aborted) return;
      const work = afterAttempt(deps, report, stop).finally(() => running.delete(work));
      running.add(work);
    },
    idle: async () => {
      await Promise.all(running);
    },
  };
}
