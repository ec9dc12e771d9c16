import { CloudilloError, errorToObject } from '../../protocol/errors.ts';
import type { Deps } from '../runtime/deps.ts';
import { emitStat, type StatDeps } from './emit-stat.ts';

/** How long it has to be quiet before the counts are told (specification: Counts); what never is quiet is told this often. Milliseconds. */
export const QUIET = 10_000;
export const LONGEST = 60_000;

/** Actions whose counts changed, each until it is told. */
export interface StatCounter {
  /** Something was counted for this action now. */
  touch(tenant: string, actionId: string): void;
  /** When the next one is due, by the monotonic clock; `null`: none waits. */
  nextAt(): number | null;
  /** Tells what is due. @returns the IDs of the STATs. Never rejects: what failed is logged, and waits again when that may help */
  emitDue(): Promise<string[]>;
}

interface Waiting {
  tenant: string;
  actionId: string;
  firstAt: number;
  lastAt: number;
}

/**
 * In memory only: what a restart forgets is found again by comparing what is stored with the last STAT (stat-worker.ts). Both maps are in
 * the order of their time, so that their first entries tell what is due: each reaction asks.
 */
export function createStatCounter(deps: StatDeps & Pick<Deps, 'log'>): StatCounter {
  /** By when the counts changed first. */
  const began = new Map<string, Waiting>();
  /** By when they did so last. */
  const quiet = new Map<string, Waiting>();

  function touch(tenant: string, actionId: string): void {
    const name = `${tenant} ${actionId}`;
    const now = deps.clock.monotonic();
    const waiting = { tenant, actionId, firstAt: began.get(name)?.firstAt ?? now, lastAt: now };
    began.set(name, waiting);
    quiet.delete(name);
    quiet.set(name, waiting);
  }

  /** The name of the one that is due first. */
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
      const told: string[] = [];
      const now = deps.clock.monotonic();
      for (let next = first(); next && next.at <= now; next = first()) {
        // Before counting: what arrives meanwhile begins a new wait.
        began.delete(next.name);
        quiet.delete(next.name);
        const { tenant, actionId } = next.waiting;
        try {
          const stat = await emitStat(deps, tenant, actionId);
          if (stat !== null) told.push(stat);
        } catch (error) {
          deps.log('error', 'the counts of an action could not be told', {
            tenant,
            actionId,
            error: errorToObject(error),
          });
          // What a later try may mend; a key that can't sign would be complained about every ten seconds.
          if (error instanceof CloudilloError && error.retryable) touch(tenant, actionId);
        }
      }
      return told;
    },
  };
}
