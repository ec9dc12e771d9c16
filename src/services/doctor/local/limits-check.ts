/** What the running server keeps from strangers: bans, proof of work, and limits that were reached lately. */
import { errorAdvice } from '../../../protocol/error-advice.ts';
import type { ErrorCode } from '../../../protocol/error-table.ts';
import { beginningOf } from '../../../protocol/well-formed.ts';
import { type Fault, type Outcome, type Skipped, well } from '../finding.ts';
import type { HomeLook } from './home-look.ts';

const HOUR = 3_600_000;
/** The most addresses that are named. */
const NAMED = 10;
/** The limits that are told. A full disk and bans have findings of their own. */
const LIMITS: ReadonlySet<ErrorCode> = new Set(['rate.limited', 'rate.quota', 'rate.busy']);

/** The limits: whom the server turns away, and why. */
export async function limitsCheck(look: HomeLook): Promise<Outcome | Skipped> {
  const { server } = look.deps;
  if (!server.facts) return { skipped: 'no server runs that could turn anybody away' };
  const faults = [banned(look), working(look), ...(await reached(look))].filter((fault) => fault !== null);
  const { addresses } = server;
  const told = addresses ? 'nobody is banned, and no limit was reached in the last hour' : 'the limits are off';
  return { ...well(told), faults };
}

function banned({ deps: { server, clock } }: HomeLook): Fault | null {
  const bans = server.addresses?.bans() ?? [];
  const [first] = bans;
  if (!first) return null;
  const iso = (time: number) => new Date(clock.wall() + time - clock.monotonic()).toISOString();
  const evidence = bans.map(
    ({ address, network, since, until }) =>
      `${address}${network === address ? '' : ` with ${network}`}: since ${iso(since)}, until ${iso(until)}`,
  );
  return {
    fault: 'addresses-banned',
    code: 'rate.banned',
    evidence: some(evidence),
    facts: { address: first.address },
  };
}

function working({ deps: { server } }: HomeLook): Fault | null {
  const demands = server.addresses?.demands() ?? [];
  if (demands.length === 0) return null;
  const evidence = demands.map(({ address, letters }) => `${address}: the next CONN ends in ${letters} letters A`);
  return { fault: 'work-raised', code: 'token.proof-of-work', evidence: some(evidence) };
}

/** How often a limit was reached, and who reached it. */
interface Reached {
  times: number;
  last: number;
  by: Set<string>;
}

async function reached({ deps: { arrivals, clock } }: HomeLook): Promise<Fault[]> {
  const since = clock.wall() - HOUR;
  const limits = new Map<ErrorCode, Reached>();
  for await (const { at, ms, outcome, times, refusal, address, issuer } of arrivals.newestRefusals()) {
    if (at + ms < since) break;
    if (outcome !== 'rate-limited' || !refusal || !LIMITS.has(refusal.code)) continue;
    const limit = limits.get(refusal.code) ?? { times: 0, last: at, by: new Set() };
    limits.set(refusal.code, limit);
    limit.times += times;
    const who = refusal.code === 'rate.quota' ? issuer : address;
    if (who !== null && limit.by.size < NAMED) limit.by.add(beginningOf(who, 64));
  }
  return Array.from(limits, ([code, { times, last, by }]): Fault => {
    const who = by.size === 0 ? '' : `, by ${[...by].join(', ')}`;
    const evidence = [`${code}: ${times} times in the last hour${who}; last at ${new Date(last).toISOString()}`];
    return { fault: 'limit-reached', code, evidence, facts: { code, advice: errorAdvice(code) } };
  });
}

function some(all: string[]): string[] {
  return all.length > NAMED ? [...all.slice(0, NAMED), `and ${all.length - NAMED} more`] : all;
}
