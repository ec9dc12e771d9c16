/** What an address sent lately: bad signatures ban it, troublesome CONNs raise its proof of work. */
import { type Bans, createBans } from './bans.ts';
import { createProofOfWorkDemand, type ProofOfWorkDemand } from './demand-proof-of-work.ts';

/** The bans, and the demands for proof of work. */
export type Reputation = Bans & ProofOfWorkDemand;

/**
 * Makes a reputation in memory. A restart forgives: nothing of it is written to disk.
 * @param monotonic the monotonic clock, milliseconds
 */
export function createReputation(monotonic: () => number, maxKeys = 50_000): Reputation {
  return { ...createBans(monotonic, maxKeys), ...createProofOfWorkDemand(monotonic, maxKeys) };
}
