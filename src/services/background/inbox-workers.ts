import { runStatWorker } from '../counts/stat-worker.ts';
import { type HistoryWorkerDeps, runHistoryWorker } from '../inbox/history-worker.ts';
import type { InboxDeps } from '../inbox/inbox-deps.ts';
import { runParkedWorker } from '../inbox/parked-worker.ts';

/** What a server does about arrivals besides answering them, until `signal` aborts. Resolves when what is in work is done. */
export async function runInboxWorkers(deps: HistoryWorkerDeps, inbox: InboxDeps, signal: AbortSignal): Promise<void> {
  await Promise.all([runParkedWorker(inbox, signal), runStatWorker(inbox, signal), runHistoryWorker(deps, signal)]);
}
