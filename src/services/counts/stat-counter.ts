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
  /** When the next one is due, unix milliseconds; `null`: none waits. */
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

/** In memory only: what a restart forgets is found again by comparing what is stored with the last STAT (stat-worker.ts). */
export function createStatCounter(deps: StatDeps & Pick<Deps, 'log'>): StatCounter {
  const waiting = new Map<string, Waiting>();
  const dueAt = ({ firstAt, lastAt }: Waiting) => Math.min(lastAt + QUIET, firstAt + LONGEST);

  function touch(tenant: string, actionId: string): void {
    const name = `${tenant} ${actionId}`;
    const now = deps.clock();
    waiting.set(name, { tenant, actionId, firstAt: waiting.get(name)?.firstAt ?? now, lastAt: now });
  }

  return {
    touch,
    nextAt: () =>
      [...waiting.values()].reduce<number | null>((next, each) => Math.min(next ?? dueAt(each), dueAt(each)), null),
    async emitDue() {
      const told: string[] = [];
      const now = deps.clock();
      for (const [name, each] of waiting) {
        if (dueAt(each) > now) continue;
        // Before counting: what arrives meanwhile begins a new wait.
        waiting.delete(name);
        const { tenant, actionId } = each;
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
