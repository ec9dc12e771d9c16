/** The worker that fetches missing files. */
import { errorToObject } from '../../protocol/errors.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import { isDue } from '../delivery/delivery-policy.ts';
import type { Deps } from '../runtime/deps.ts';
import { AttachmentScan, broughtBy, carriedBy, otherEnd, relatedBy } from './attachment-scan.ts';
import type { FetchDeps } from './fetch-attachment.ts';
import { FetchQueue, type Queued } from './fetch-queue.ts';
import { type FetchReport, tryFetch } from './try-fetch.ts';
import { type WantedFile, wantedFile } from './wanted-file.ts';
import { WantedPictures } from './wanted-picture.ts';

/** The parts that the worker needs. */
export type AttachmentWorkerDeps = FetchDeps & Pick<Deps, 'log' | 'live' | 'peerChanged'>;

/** Options of the worker. */
export interface AttachmentWorkerOptions {
  /** How many peers are asked at the same time, for one file each. */
  concurrency?: number;
  /** Called after each attempt, when its result is stored. */
  onAttempt?: (report: FetchReport) => void;
}

/** The pause between scans. A scan finds what was stored without an event (a history, an import). */
const SCAN_EVERY = 10 * 60_000;
/** The shortest pause between attempts at one peer, however often it is heard from. */
const SHORTEST_PAUSE = 5_000;
/** The pause after an error of the disk. */
const DISK_PAUSE = 60_000;

/**
 * Fetches the attachments of received actions, the files shared with tenants, and the profile pictures of peers, until `signal`
 * aborts. Missing files are found in the store, so that a crash loses none.
 */
export async function runAttachmentWorker(
  deps: AttachmentWorkerDeps,
  signal: AbortSignal,
  { concurrency = 8, onAttempt = () => {} }: AttachmentWorkerOptions = {},
): Promise<void> {
  const { store, clock } = deps;
  const queue = new FetchQueue();
  const scan = new AttachmentScan(store, signal);
  const pictures = new WantedPictures(store, clock);
  const busy = new Map<string, Promise<void>>();
  let wake: () => void = () => {};
  const stopListening = deps.live.on(({ kind, tenant, actionId }) => {
    const row = kind === 'ephemeral' ? null : store.row(tenant, actionId);
    if (!row) return;
    const isNew = kind === 'action';
    if (isNew && isUrgent(tenant, row)) wake();
    const [brought, carried] = [broughtBy(store, tenant, row), carriedBy(store, tenant, row)];
    for (const fileId of brought) enqueue(tenant, fileId, true);
    for (const fileId of carried) found(tenant, fileId);
    if (brought.length + carried.length > 0) wake();
    if (isNew) lookAtPeer(tenant, row);
  });
  let isLooking = false;
  const stopWaiting = deps.peerChanged.on(() => {
    if (isLooking) return;
    isLooking = true;
    // Started with what is changed now; a change during the scan is found by the next one.
    setImmediate(() => {
      isLooking = false;
      void scan.peers(lookAt).then(() => wake());
    });
  });
  signal.addEventListener('abort', () => wake(), { once: true });

  /** Whether a file is wanted, and from whom. */
  function wantedNow(tenant: string, fileId: string): WantedFile | null {
    return wantedFile(store, tenant, fileId) ?? pictures.wanted(tenant, fileId);
  }

  /** Looks whether the picture of a peer is missing. */
  function lookAt(tenant: string, peer: string): boolean {
    const fileId = pictures.look(tenant, peer);
    if (fileId !== null) found(tenant, fileId);
    return fileId !== null;
  }

  function enqueue(tenant: string, fileId: string, again: boolean): void {
    const wanted = wantedNow(tenant, fileId);
    const source = wanted?.sources[0]?.from;
    if (source === undefined) return;
    // A scan must not have a file fetched again that is just being fetched.
    if (!again && queue.current({ tenant, fileId })?.source === source) return;
    const before = store.fetch(tenant, fileId);
    if (before && before.state !== 'queued' && !again) return;
    // A new action doesn't shorten the wait for a peer that can't be reached.
    const now = clock.monotonic();
    const nextAt = before?.nextAt ?? now;
    queue.put({ tenant, fileId, source, nextAt: isDue(nextAt, now) ? now : nextAt });
  }

  /** A peer that sends something can probably be reached, so its files are fetched at once. */
  function isUrgent(tenant: string, row: ActionRow): boolean {
    if (row.direction !== 'in') return false;
    const now = clock.monotonic();
    let hurried = false;
    for (const queued of queue.waitingFor(row.issuer)) {
      if (queued.tenant !== tenant || queued.nextAt <= now) continue;
      const since = Math.max(0, clock.wall() - (store.fetch(tenant, queued.fileId)?.at ?? 0));
      const nextAt = now + Math.max(0, SHORTEST_PAUSE - since);
      queue.put({ ...queued, nextAt });
      hurried = true;
    }
    return hurried;
  }

  /** Looks what is wanted of the peer at the other end. */
  function lookAtPeer(tenant: string, row: ActionRow): void {
    // Its profile may have come along.
    const met = otherEnd(row, tenant);
    if (met !== null && lookAt(tenant, met)) wake();
    const peer = relatedBy(store, tenant, row);
    if (peer !== null) void scan.peer(tenant, peer, found).then(() => wake());
  }

  function found(tenant: string, fileId: string): void {
    enqueue(tenant, fileId, false);
  }

  async function work(queued: Queued): Promise<void> {
    const { tenant, fileId } = queued;
    try {
      const wanted = wantedNow(tenant, fileId);
      const report = wanted && (await tryFetch(deps, wanted, signal));
      if (report?.state === 'queued') requeue(queued, report.nextAt ?? clock.monotonic());
      // Otherwise a new action has queued it again.
      else queue.delete(queued);
      if (!report) return;
      logReport(deps, report);
      onAttempt(report);
    } catch (error) {
      deps.log('error', `An attachment could not be fetched or stored here`, {
        tenant,
        fileId,
        error: errorToObject(error),
      });
      requeue(queued, clock.monotonic() + DISK_PAUSE);
    }
  }

  function requeue(queued: Queued, nextAt: number): void {
    const current = queue.current(queued);
    if (current) queue.put({ ...current, nextAt });
  }

  void scan.begin(found).then(() => wake());
  void scan.peers(lookAt).then(() => wake());
  let nextScan = clock.monotonic() + SCAN_EVERY;
  while (!signal.aborted) {
    // Created before the queue is read, so that nothing queued meanwhile is missed.
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    if (nextScan <= clock.monotonic()) {
      void scan.next(found).then(() => wake());
      void scan.peers(lookAt).then(() => wake());
      nextScan = clock.monotonic() + SCAN_EVERY;
    }
    while (busy.size < concurrency) {
      const queued = queue.next(clock.monotonic(), (source) => busy.has(source));
      if (!queued) break;
      const done = work(queued).finally(() => {
        busy.delete(queued.source);
        wake();
      });
      busy.set(queued.source, done);
    }
    const next = Math.min(nextScan, queue.nextAt(clock.monotonic()) ?? nextScan);
    await sleepUntil(next - clock.monotonic(), woken);
  }
  stopListening();
  stopWaiting();
  await Promise.all([scan.idle, ...busy.values()]);
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
