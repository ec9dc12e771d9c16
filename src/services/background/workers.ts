/** The list of the background workers. `serve` starts them under supervision (`supervise.ts`). */
import { createFollowUps } from '../actions/after-attempt.ts';
import { type Renewals, runCertificates } from '../certificates/certificate-worker.ts';
import { runStatWorker } from '../counts/stat-worker.ts';
import { startDeliveryWorker } from '../delivery/delivery-worker.ts';
import { runAttachmentWorker } from '../files/attachment-worker.ts';
import { runSweeper } from '../files/sweep-worker.ts';
import { runCompaction } from '../home/compaction-worker.ts';
import { runHistoryWorker } from '../inbox/history-worker.ts';
import type { InboxDeps } from '../inbox/inbox-deps.ts';
import { runParkedWorker } from '../inbox/parked-worker.ts';
import { runProfileRefresh } from '../peers/refresh-worker.ts';
import type { Deps } from '../runtime/deps.ts';
import type { SupervisedWorker } from './supervise.ts';

/** The background workers of a served home. @param renewals null: certificates are not ordered */
export function backgroundWorkers(deps: Deps, inbox: InboxDeps, renewals: Renewals | null = null): SupervisedWorker[] {
  return [
    { name: 'delivery', run: (signal) => runDelivery(deps, signal) },
    { name: 'parked', run: (signal) => runParkedWorker(inbox, signal) },
    { name: 'counts', run: (signal) => runStatWorker(inbox, signal) },
    { name: 'history', run: (signal) => runHistoryWorker(deps, signal) },
    { name: 'profiles', run: (signal) => runProfileRefresh(deps, signal) },
    { name: 'attachments', run: (signal) => runAttachmentWorker(deps, signal) },
    { name: 'sweep', run: (signal) => runSweeper(deps, signal) },
    { name: 'compaction', run: (signal) => runCompaction(deps, signal) },
    ...(renewals
      ? [{ name: 'certificates', run: (signal: AbortSignal) => runCertificates(deps, renewals, signal) }]
      : []),
  ];
}

/** Delivers the queue, with the follow-ups of its attempts. */
async function runDelivery(deps: Deps, signal: AbortSignal): Promise<void> {
  const followUps = createFollowUps(deps, signal);
  const { concurrency } = deps.settings.delivery;
  try {
    await startDeliveryWorker(deps, signal, { concurrency, onAttempt: followUps.onAttempt });
  } finally {
    await followUps.idle();
  }
}
