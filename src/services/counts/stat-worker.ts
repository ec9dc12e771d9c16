/** The worker that reports changed counts. */
import type { Deps } from '../runtime/deps.ts';
import type { LiveEvent } from '../runtime/live.ts';
import { countedFor, isCountedHere } from './counts.ts';
import type { StatDeps } from './emit-stat.ts';
import { createStatCounter, type StatCounter } from './stat-counter.ts';

const LONGEST_SLEEP = 3_600_000;

/**
 * Reports the counts of the tenants' actions until `signal` aborts, ten seconds after the last reaction, comment or
 * repost. It starts with changes that no STAT covers yet.
 * @throws CloudilloError `store.*`
 */
export async function runStatWorker(deps: StatDeps & Pick<Deps, 'log'>, signal: AbortSignal): Promise<void> {
  const counter = createStatCounter(deps);
  let wake: () => void = () => {};
  signal.addEventListener('abort', () => wake(), { once: true });
  const stopListening = deps.live.on((event) => {
    if (noteEvent(deps.store, counter, event)) wake();
  });
  try {
    await touchUnreported(deps.store, counter, signal);
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await counter.emitDue();
      await sleepUntil(counter.nextAt(), deps.clock.monotonic(), woken, signal);
    }
  } finally {
    stopListening();
  }
}

/** Notes the counts that an event changes. @returns whether it changed any */
export function noteEvent(store: Deps['store'], counter: StatCounter, event: LiveEvent): boolean {
  const row = event.kind === 'ephemeral' ? null : store.row(event.tenant, event.actionId);
  const target = row && countedFor(row);
  if (target === null || !isCountedHere(store, event.tenant, target)) return false;
  counter.touch(event.tenant, target);
  return true;
}

/** Notes the actions that have a reaction, comment or repost later than their last STAT. */
export async function touchUnreported(store: Deps['store'], counter: StatCounter, signal: AbortSignal): Promise<void> {
  for (const tenant of store.tenants()) {
    const lastCounted = new Map<string, number>();
    await store.visit(tenant, { types: ['REACT', 'CMNT', 'REPOST'] }, (row) => {
      const target = signal.aborted ? null : countedFor(row);
      const before = target === null ? undefined : lastCounted.get(target);
      // Only actions that the tenant reports are kept: most stored actions are others'.
      if (target !== null && (before !== undefined || isCountedHere(store, tenant, target))) {
        lastCounted.set(target, Math.max(row.receivedAt, before ?? 0));
      }
    });
    if (signal.aborted) return;
    for (const [actionId, receivedAt] of lastCounted) {
      const told = store.byKey(tenant, `STAT:${actionId}`, tenant)?.receivedAt ?? Number.NEGATIVE_INFINITY;
      if (told <= receivedAt) counter.touch(tenant, actionId);
    }
  }
}

function sleepUntil(at: number | null, now: number, woken: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(Math.max((at ?? Number.POSITIVE_INFINITY) - now, 0), LONGEST_SLEEP));
  });
  return Promise.race([woken, timedOut]).finally(() => clearTimeout(timer));
}
