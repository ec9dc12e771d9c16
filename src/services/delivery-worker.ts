import { errorToObject } from '../protocol/errors.ts';
import type { Delivery } from '../store/rows.ts';
import { type DeliverDeps, type DeliveryReport, deliverOne, deliveryEvent } from './deliver.ts';
import type { Deps } from './deps.ts';
import { deliveryQueued } from './store-signal.ts';

/** What the worker needs. */
export type WorkerDeps = DeliverDeps & Pick<Deps, 'log'>;

/** How the worker behaves. */
export interface WorkerOptions {
  /** Peers that are talked to at the same time. */
  concurrency?: number;
  /** Called after each attempt, when all that came of it is stored. */
  onAttempt?: (report: DeliveryReport) => void;
}

/** No timer of Node's runs longer than about 24 days; a day is plenty. */
const LONGEST_SLEEP = 86_400_000;

/**
 * Delivers what is queued, when it is due, until `signal` is aborted: one request at a time for a peer, several peers at once.
 * Resolves when the attempts that had begun are over.
 */
export async function startDeliveryWorker(
  deps: WorkerDeps,
  signal: AbortSignal,
  { concurrency = 16, onAttempt = () => {} }: WorkerOptions = {},
): Promise<void> {
  const busy = new Map<string, Promise<void>>();
  // What was never tried waits for nothing but a server: this is it.
  let firstRound = true;
  let wake: () => void = () => {};
  const stopListening = deliveryQueued.on(deps.store, () => wake());
  signal.addEventListener('abort', () => wake(), { once: true });

  while (!signal.aborted) {
    // Before looking, so that nothing that is queued meanwhile is missed.
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const { due, nextAt } = collect(deps, firstRound);
    firstRound = false;
    for (const [peer, deliveries] of due) {
      while (busy.size >= concurrency && !signal.aborted) await Promise.race(busy.values());
      if (signal.aborted) break;
      if (busy.has(peer)) continue;
      const work = deliverTo(deps, deliveries, signal, onAttempt).finally(() => {
        busy.delete(peer);
        wake();
      });
      busy.set(peer, work);
    }
    if (!signal.aborted) await sleepUntil(nextAt, deps.clock(), woken);
  }
  stopListening();
  await Promise.all(busy.values());
}

/** What is due now, by peer, and when the next of the others will be. */
function collect({ store, clock }: WorkerDeps, untried: boolean): { due: Map<string, Delivery[]>; nextAt: number } {
  const now = clock();
  const due = new Map<string, Delivery[]>();
  let nextAt = Number.POSITIVE_INFINITY;
  for (const delivery of store.deliveries({ state: 'queued' })) {
    const at = untried && delivery.attempts === 0 ? now : (delivery.nextAt ?? now);
    if (at > now) nextAt = Math.min(nextAt, at);
    else due.set(delivery.to, [...(due.get(delivery.to) ?? []), delivery]);
  }
  return { due, nextAt };
}

/** Everything due for one peer, oldest first; after a failure the rest waits as long as the one that failed. Never rejects. */
async function deliverTo(
  deps: WorkerDeps,
  deliveries: Delivery[],
  signal: AbortSignal,
  onAttempt: (report: DeliveryReport) => void,
): Promise<void> {
  for (const [index, delivery] of deliveries.entries()) {
    if (signal.aborted) return;
    try {
      const report = await deliverOne(deps, delivery);
      logAttempt(deps, report);
      if (report.state === 'queued') await postpone(deps, deliveries.slice(index + 1), report);
      onAttempt(report);
      if (report.state !== 'queued') continue;
    } catch (error) {
      deps.log('error', `Could not record a delivery to ${delivery.to}`, { error: errorToObject(error) });
      // The disk is full or broken: without a pause this would spin.
      await pause(1000, signal);
    }
    return;
  }
}

async function postpone({ store, clock }: WorkerDeps, rest: Delivery[], { nextAt }: DeliveryReport): Promise<void> {
  if (rest.length === 0 || nextAt === null) return;
  await store.append(rest.map((delivery) => deliveryEvent({ ...delivery, nextAt }, clock(), null)));
}

function logAttempt(
  { log }: WorkerDeps,
  { state, tenant, to, actionId, attempts, nextAt, error }: DeliveryReport,
): void {
  const fields = { tenant, to, actionId, attempts, ...(nextAt !== null && { nextAt }), ...(error && { error }) };
  if (state === 'delivered') log('info', `Delivered to ${to}`, fields);
  else log('warn', `Delivery to ${to} ${state}: ${error?.message ?? 'no reason given'}`, fields);
}

async function sleepUntil(at: number, now: number, woken: Promise<void>): Promise<void> {
  const timeout = Math.min(Math.max(at - now, 0), LONGEST_SLEEP);
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeout);
  });
  await Promise.race([woken, timedOut]);
  clearTimeout(timer);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  await sleepUntil(ms, 0, ended);
}
