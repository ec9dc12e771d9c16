/** What `status` counts of the inbox. */
import type { Deps } from '../runtime/deps.ts';

const HOUR = 3_600_000;

/** What came lately, and who is banned. */
export interface InboxStatus {
  /** Arrivals of the last hour that were refused, and those that a limit, a ban or a quota ended. */
  refused: number;
  rateLimited: number;
  /** How often `doctor`, here or elsewhere, tried the inbox in the last hour. */
  probes: number;
  /** Arrivals of which no notes were made since the server started. */
  unrecorded: number;
  /** Bans that hold; null: no server runs, or its limits are off. */
  bans: number | null;
}

/** Counts them. */
export async function inboxStatus({
  arrivals,
  server,
  clock,
}: Pick<Deps, 'arrivals' | 'server' | 'clock'>): Promise<InboxStatus> {
  const since = clock.wall() - HOUR;
  let [refused, rateLimited, probes] = [0, 0, 0];
  for await (const { at, ms, outcome, times, probe } of arrivals.newestRefusals()) {
    // They are in the order in which they ended. A clock that was set meanwhile makes the count smaller.
    if (at + ms < since) break;
    if (probe) probes += times;
    else if (outcome === 'refused') refused += times;
    if (outcome === 'rate-limited') rateLimited += times;
  }
  return { refused, rateLimited, probes, unrecorded: arrivals.dropped, bans: server.addresses?.bans().length ?? null };
}
