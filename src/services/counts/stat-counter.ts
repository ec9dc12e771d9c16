/** Decides when the counts of an action are reported. */
import { CloudilloError, errorToObject } from '../../protocol/errors.ts';
import { DueHeap } from '../../store/index/due-heap.ts';
import type { Deps } from '../runtime/deps.ts';
import { emitStat, type StatDeps } from './emit-stat.ts';

/** Counts are reported when they did not change for this time, milliseconds (specification: Counts). */
export const QUIET = 10_000;
/** The longest time until changed counts are reported, and the shortest between two reports of one action. Milliseconds. */
export const LONGEST = 60_000;

/** The actions whose changed counts are not reported yet. */
export interface StatCounter {
  /** Notes that the counts of this action changed. */
  touch(tenant: string, actionId: string): void;
  /** When the next report is due, by the monotonic clock; `null` when none is. */
  nextAt(): number | null;
  /**
   * Reports the counts that are due. It never rejects: errors are logged, and retryable ones are tried again.
   * @returns the IDs of the STATs
   */
  emitDue(): Promise<string[]>;
}

interface Waiting {
  tenant: string;
  actionId: string;
  firstAt: number;
  lastAt: number;
  /** The last report rests until then. */
  restsUntil: number;
}

type CounterDeps = StatDeps & Pick<Deps, 'log'>;

/**
 * Creates a counter in memory. After a restart the worker compares the stored actions with the last STAT
 * (stat-worker.ts).
 */
export function createStatCounter(deps: CounterDeps): StatCounter {
  const waiting = new Map<string, Waiting>();
  /** When an action was reported last, by the monotonic clock, the longest ago first. Older reports rest no longer. */
  const reported = new Map<string, number>();
  /** Each name that waits, once. A change only puts a report off, so the time of an entry may be too early, and never too late. */
  const heap = new DueHeap<string>();

  function touch(tenant: string, actionId: string): void {
    const name = nameOf(tenant, actionId);
    const now = deps.clock.monotonic();
    const before = waiting.get(name);
    if (before) {
      before.lastAt = now;
      return;
    }
    const change = { tenant, actionId, firstAt: now, lastAt: now, restsUntil: restsUntil(tenant, actionId) };
    waiting.set(name, change);
    heap.push(name, dueAt(change));
  }

  function noteReport(name: string): void {
    const now = deps.clock.monotonic();
    for (const [other, at] of reported) {
      if (at + LONGEST > now) break;
      reported.delete(other);
    }
    reported.delete(name);
    reported.set(name, now);
    // Changed during the count.
    const changed = waiting.get(name);
    if (changed) changed.restsUntil = now + LONGEST;
  }

  /** When the next report may come. Of the process before, only the stored STAT tells. */
  function restsUntil(tenant: string, actionId: string): number {
    const at = reported.get(nameOf(tenant, actionId));
    if (at !== undefined) return at + LONGEST;
    const last = deps.store.byKey(tenant, `STAT:${actionId}`, tenant);
    const left = last ? last.receivedAt + LONGEST - deps.clock.wall() : 0;
    // More than the whole rest: a wrong clock wrote the time.
    return left > LONGEST ? 0 : deps.clock.monotonic() + left;
  }

  /** The entry that is due first, or null. */
  function first(): { name: string; waiting: Waiting; at: number } | null {
    for (let top = heap.top; top; top = heap.top) {
      const found = waiting.get(top.item);
      if (found && dueAt(found) === top.due) return { name: top.item, waiting: found, at: top.due };
      heap.pop();
      if (found) heap.push(top.item, dueAt(found));
    }
    return null;
  }

  return {
    touch,
    nextAt: () => first()?.at ?? null,
    async emitDue() {
      const stats: string[] = [];
      const now = deps.clock.monotonic();
      for (let next = first(); next && next.at <= now; next = first()) {
        // Deleted before counting, so that a change during the count is reported later.
        waiting.delete(next.name);
        heap.pop();
        const { tenant, actionId } = next.waiting;
        try {
          const stat = await emitStat(deps, tenant, actionId);
          if (stat === null) continue;
          stats.push(stat);
          noteReport(next.name);
        } catch (error) {
          deps.log('error', 'the counts of an action could not be reported', {
            tenant,
            actionId,
            error: errorToObject(error),
          });
          // Only retryable errors are tried again. A key that can't sign would be logged every ten seconds.
          if (error instanceof CloudilloError && error.retryable) touch(tenant, actionId);
        }
      }
      return stats;
    },
  };
}

function nameOf(tenant: string, actionId: string): string {
  return `${tenant} ${actionId}`;
}

function dueAt({ firstAt, lastAt, restsUntil }: Waiting): number {
  return Math.max(restsUntil, Math.min(lastAt + QUIET, firstAt + LONGEST));
}
