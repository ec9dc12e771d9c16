import { errorToObject } from '../../protocol/errors.ts';
import type { Deps } from '../runtime/deps.ts';
import type { LiveEvent } from '../runtime/live.ts';
import type { FetchDeps } from './fetch-attachment.ts';
import { type FetchReport, tryFetch } from './try-fetch.ts';
import { ATTACHING, acceptedShares, wantedFile } from './wanted-file.ts';

/** What the worker needs. */
export type AttachmentWorkerDeps = FetchDeps & Pick<Deps, 'log' | 'live'>;

/** How the worker behaves. */
export interface AttachmentWorkerOptions {
  /** Peers that are asked at the same time, one file each. */
  concurrency?: number;
  /** Called after each attempt, when all that came of it is stored. */
  onAttempt?: (report: FetchReport) => void;
}

interface Queued {
  tenant: string;
  fileId: string;
  source: string;
  /** Unix milliseconds. */
  nextAt: number;
}

/** What was stored without being announced (a history, an import) is found by then. */
const SCAN_EVERY = 10 * 60_000;
/** However often a peer is heard from. */
const SHORTEST_PAUSE = 5_000;
/** What a full disk costs before it is asked again. */
const DISK_PAUSE = 60_000;
/** An action with more than these is not there to be looked at. */
const MAX_ATTACHMENTS = 64;

/**
 * Fetches what actions from elsewhere attach, and what was shared with us, until `signal` aborts. What is missing is found out
 * from the store: nothing is lost when the process ends in between.
 */
export async function runAttachmentWorker(
  deps: AttachmentWorkerDeps,
  signal: AbortSignal,
  { concurrency = 8, onAttempt = () => {} }: AttachmentWorkerOptions = {},
): Promise<void> {
  const { store, clock } = deps;
  const queue = new Map<string, Queued>();
  const busy = new Map<string, Promise<void>>();
  let wake: () => void = () => {};
  const stopListening = deps.live.on((event) => {
    if (hurry(event)) wake();
    noticed(deps, event).then((fileIds) => {
      for (const fileId of fileIds) enqueue(event.tenant, fileId, true);
      if (fileIds.length > 0) wake();
    });
  });
  signal.addEventListener('abort', () => wake(), { once: true });

  function enqueue(tenant: string, fileId: string, again: boolean): void {
    const wanted = wantedFile(store, tenant, fileId);
    const source = wanted?.sources[0];
    if (source === undefined) return;
    const before = store.fetch(tenant, fileId);
    if (before && before.state !== 'queued' && !again) return;
    // A new action doesn't hurry what waits for a peer that is down.
    queue.set(`${tenant} ${fileId}`, { tenant, fileId, source, nextAt: before?.nextAt ?? clock() });
  }

  /** Whoever is heard from may be there again: what waits for them needn't wait for its time. */
  function hurry({ kind, tenant, actionId }: LiveEvent): boolean {
    const row = kind === 'action' ? store.row(tenant, actionId) : null;
    if (row?.direction !== 'in') return false;
    const now = clock();
    let hurried = false;
    for (const queued of queue.values()) {
      if (queued.source !== row.issuer || queued.tenant !== tenant || queued.nextAt <= now) continue;
      queued.nextAt = Math.max(now, (store.fetch(tenant, queued.fileId)?.at ?? 0) + SHORTEST_PAUSE);
      hurried = true;
    }
    return hurried;
  }

  function scan(): void {
    for (const tenant of store.tenants()) {
      for (const fileId of store.attachedFiles(tenant)) enqueue(tenant, fileId, false);
      for (const { subject } of store.rows(tenant, acceptedShares(tenant))) {
        if (subject !== null) enqueue(tenant, subject, false);
      }
    }
  }

  async function work(key: string, queued: Queued): Promise<void> {
    const { tenant, fileId } = queued;
    try {
      const wanted = wantedFile(store, tenant, fileId);
      const report = wanted && (await tryFetch(deps, wanted, signal));
      if (report?.state === 'queued') requeue(key, report.nextAt ?? clock());
      // Else it was queued again meanwhile, by a new action.
      else if (queue.get(key) === queued) queue.delete(key);
      if (!report) return;
      logReport(deps, report);
      onAttempt(report);
    } catch (error) {
      deps.log('error', `An attachment could not be stored`, { tenant, fileId, error: errorToObject(error) });
      requeue(key, clock() + DISK_PAUSE);
    }
  }

  function requeue(key: string, nextAt: number): void {
    const queued = queue.get(key);
    if (queued) queue.set(key, { ...queued, nextAt });
  }

  let nextScan = clock();
  while (!signal.aborted) {
    // Before looking, so that nothing that is queued meanwhile is missed.
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    if (nextScan <= clock()) {
      scan();
      nextScan = clock() + SCAN_EVERY;
    }
    let next = nextScan;
    for (const [key, queued] of queue) {
      if (queued.nextAt > clock()) next = Math.min(next, queued.nextAt);
      else if (busy.size < concurrency && !busy.has(queued.source)) {
        const done = work(key, queued).finally(() => {
          busy.delete(queued.source);
          wake();
        });
        busy.set(queued.source, done);
      }
    }
    await sleepUntil(next - clock(), woken);
  }
  stopListening();
  await Promise.all(busy.values());
}

/** The files that something that has just happened brings. */
async function noticed({ store, log }: AttachmentWorkerDeps, event: LiveEvent): Promise<string[]> {
  if (event.kind === 'passed-on') return [];
  const { tenant, actionId } = event;
  const row = store.row(tenant, actionId);
  if (row?.type === 'FSHR' && row.status === 'A' && row.subject !== null) return [row.subject];
  if (row?.direction !== 'in' || row.status === 'D' || !ATTACHING.has(row.type)) return [];
  // Nearly none attaches anything, and a read for each that arrives costs the inbox some of its speed.
  if (!store.hasAttachments(tenant, actionId)) return [];
  try {
    const action = await store.action(tenant, actionId);
    return (action?.claims.a ?? []).slice(0, MAX_ATTACHMENTS);
  } catch (error) {
    log('error', 'a stored action is damaged', { tenant, actionId, error: errorToObject(error) });
    return [];
  }
}

function logReport(
  { log }: AttachmentWorkerDeps,
  { state, tenant, fileId, from, attempts, nextAt, error }: FetchReport,
): void {
  const fields = { tenant, fileId, from, attempts, ...(nextAt !== null && { nextAt }), ...(error && { error }) };
  if (state === 'done') log('info', `Fetched an attachment from ${from}`, fields);
  else log('warn', `Attachment from ${from} ${state}: ${error?.message ?? 'no reason given'}`, fields);
}

async function sleepUntil(ms: number, woken: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(ms, 0));
  });
  await Promise.race([woken, timedOut]);
  clearTimeout(timer);
}
