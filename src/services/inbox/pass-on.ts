import type { Arrival } from './arrival.ts';
import type { InboxDeps } from './inbox-deps.ts';
import type { Receipt } from './receipt.ts';

/** Tells who watches of an action that is never stored (PRES), unless it is older than what it says is good for. */
export function passOn({ live, clock }: Pick<InboxDeps, 'live' | 'clock'>, arrival: Arrival): Receipt {
  const { tenant, actionId, claims, rule } = arrival;
  const age = clock() / 1000 - claims.iat;
  if (rule.ttlSeconds !== undefined && age > rule.ttlSeconds) return { actionId, outcome: 'ignored' };
  live.announce({ kind: 'passed-on', tenant, actionId, claims });
  return { actionId, outcome: 'passed-on' };
}
