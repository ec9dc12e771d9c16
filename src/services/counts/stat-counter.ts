/** Decides when the counts of an action are reported. */
import { CloudilloError, errorToObject } from '../../protocol/errors.ts';
import type { Deps } from '../runtime/deps.ts';
import { emitStat, type StatDeps } from './emit-stat.ts';

/**
 * Counts are reported when they did not change for `QUIET`, and at the latest after `LONGEST` (specification: Counts).
 * Milliseconds.
 */
export const QUIET = 10_000;
/** The longest time until changed counts are reported. */
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
}

/**
 * Creates a counter in memory. After a restart the worker compares the stored actions with the last STAT
 * (stat-worker.ts). Both maps are ordered by time, so that their first entries are due first: the question comes with
 * each reaction.
 */
export function createStatCounter(deps: StatDeps & Pick<Deps, 'log'>): StatCounter {
  /** Ordered by the first change. */
  const began = new Map<string, Waiting>();
  /** Ordered by the last change. */
  const quiet = new Map<string, Waiting>();

  function touch(tenant: string, actionId: string): void {
    const name = `${tenant} ${actionId}`;
    const now = deps.clock.monotonic();
    const waiting = { tenant, actionId, firstAt: began.get(name)?.firstAt ?? now, lastAt: now };
    began.set(name, waiting);
    quiet.delete(name);
    quiet.set(name, waiting);
  }

  /** The entry that is due first, or null. */
  function first(): { name: string; waiting: Waiting; at: number } | null {
    const [begun] = began;
    const [still] = quiet;
    if (!begun || !still) return null;
    const [longest, soonest] = [begun[1].firstAt + LONGEST, still[1].lastAt + QUIET];
    const [name, waiting] = longest < soonest ? begun : still;
    return { name, waiting, at: Math.min(longest, soonest) };
  }

  return {
    touch,
    nextAt: () => first()?.at ?? null,
    async emitDue() {
      const stats: string[] = [];
      const now = deps.clock.monotonic();
      for (let next = first(); next && next.at <= now; next = first()) {
        // Deleted before counting, so that a change during the count is reported later.
        began.delete(next.name);
        quiet.delete(next.name);
        const { tenant, actionId } = next.waiting;
        try {
          const stat = await emitStat(deps, tenant, actionId);
          if (stat !== null) stats.push(stat);
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
