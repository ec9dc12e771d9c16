/** How much proof of work a CONN from an address has to show (specification: Proof of work). */
import { boundedCache } from '../../federation/limits/bounded-cache.ts';
import type { AddressMemory } from '../../services/runtime/server-facts.ts';
import { blamedBlocks } from '../http/client-address.ts';
import { type Counter, decayedCount } from './hourly-decay.ts';

/** The most letters that are demanded. Each one costs the sender 64 times the work. */
const MOST_LETTERS = 10;

/** The demand of each address. */
export interface ProofOfWorkDemand extends Pick<AddressMemory, 'powLevel' | 'demands'> {
  /** Raises the demand: a CONN failed verification or was sent again. */
  troublesomeConn(address: string): void;
}

/** @param monotonic the monotonic clock, milliseconds */
export function createProofOfWorkDemand(monotonic: () => number, maxKeys: number): ProofOfWorkDemand {
  const conns = boundedCache<string, Counter>(maxKeys);
  const letters = (counter: Counter | undefined) => decayedCount(counter, monotonic());

  return {
    powLevel(address) {
      const { host, network } = blamedBlocks(address);
      return Math.max(letters(conns.get(host)), letters(conns.get(network)));
    },
    troublesomeConn(address) {
      const { host, network } = blamedBlocks(address);
      for (const block of new Set([host, network])) {
        conns.set(block, { count: Math.min(MOST_LETTERS, letters(conns.get(block)) + 1), at: monotonic() });
      }
    },
    // A network is raised with each address in it, so the list of addresses is complete without it.
    demands: () =>
      [...conns]
        .map(([address, counter]) => ({ address, letters: letters(counter) }))
        .filter((demand) => demand.letters > 0 && (demand.address.includes(':') || !demand.address.includes('/'))),
  };
}
