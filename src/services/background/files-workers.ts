import { type AttachmentWorkerDeps, runAttachmentWorker } from '../files/attachment-worker.ts';
import { runSweeper } from '../files/sweep-worker.ts';

/** What a server does about files besides serving them, until `signal` aborts. Resolves when what is in work is done. */
export async function runFileWorkers(deps: AttachmentWorkerDeps, signal: AbortSignal): Promise<void> {
  await Promise.all([runAttachmentWorker(deps, signal), runSweeper(deps, signal)]);
}
