/** Bans and proof of work, by what an address sent before (specification: Bans). */
import { boundedCache } from '../../federation/limits/bounded-cache.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { AddressMemory } from '../../services/runtime/server-facts.ts';
import { addressBlocks } from '../http/client-address.ts';

const HOUR = 3_600_000;
/** The third bad signature bans the address (specification: Bans). */
const BAD_SIGNATURES = 3;
const BAN = HOUR;
/** The most letters of proof of work. Each one costs the sender 64 times the work. */
const MAX_POW = 10;

interface Counter {
  count: number;
  /** Unix milliseconds of the last change. */
  at: number;
}

/** What an address sent lately. Bad signatures ban it; troublesome CONNs raise its proof of work. */
export interface Reputation {
  /** Throws when the address is banned. @throws CloudilloError `rate.banned` with `details.remainingSecs` */
  assertNotBanned(address: string): void;
  badSignature(address: string): void;
  /** How many letters `A` a CONN token from this address must end in. */
  powLevel(address: string): number;
  /** Counts a CONN that failed verification or was sent again. */
  troublesomeConn(address: string): void;
}

interface Ban {
  /** The address that sent the bad signatures, and its network. */
  address: string;
  network: string;
  since: number;
  until: number;
}

/**
 * Makes a reputation in memory. A restart forgives: nothing of it is written to disk.
 * @param monotonic the monotonic clock, milliseconds
 */
export function createReputation(monotonic: () => number, maxKeys = 50_000): Reputation & AddressMemory {
  const signatures = boundedCache<string, Counter>(maxKeys);
  const bans = boundedCache<string, Ban>(maxKeys);
  const conns = boundedCache<string, Counter>(maxKeys);

  return {
    assertNotBanned(address) {
      const { host, network } = banBlocks(address);
      const until = Math.max(bans.get(host)?.until ?? 0, bans.get(network)?.until ?? 0);
      const remaining = until - monotonic();
      if (remaining <= 0) return;
      throw new CloudilloError('rate.banned', 'This address sent too many tokens with bad signatures', {
        stage: 'server',
        check: 'ban',
        retryAfter: Math.ceil(remaining / 1000),
        details: { remainingSecs: Math.ceil(remaining / 1000) },
      });
    },
    badSignature(address) {
      const { host, network } = banBlocks(address);
      const count = current(signatures.get(host)) + 1;
      signatures.set(host, { count, at: monotonic() });
      if (count < BAD_SIGNATURES) return;
      signatures.delete(host);
      const ban = { address: host, network, since: monotonic(), until: monotonic() + BAN };
      bans.set(host, ban);
      bans.set(network, ban);
    },
    powLevel(address) {
      const { host, network } = banBlocks(address);
      return Math.max(current(conns.get(host)), current(conns.get(network)));
    },
    troublesomeConn(address) {
      const { host, network } = banBlocks(address);
      for (const block of new Set([host, network])) {
        conns.set(block, { count: Math.min(MAX_POW, current(conns.get(block)) + 1), at: monotonic() });
      }
    },
    // A network is raised with each address in it, so the addresses say all.
    demands: () =>
      [...conns]
        .map(([address, counter]) => ({ address, letters: current(counter) }))
        .filter(({ address, letters }) => letters > 0 && (address.includes(':') || !address.includes('/'))),
    bans: () => running().map((ban) => ({ ...ban })),
    banOf: (address) => {
      const { host, network } = banBlocks(address);
      const ban = [bans.get(host), bans.get(network)].find((each) => each && each.until > monotonic());
      return ban ? { ...ban } : null;
    },
    lift(address) {
      const { host, network } = address === null ? { host: null, network: null } : banBlocks(address);
      const lifted = running().filter(
        (ban) =>
          address === null || [ban.address, ban.network].some((block) => [host, network, address].includes(block)),
      );
      for (const ban of lifted) for (const block of [ban.address, ban.network]) bans.delete(block);
      if (host !== null) signatures.delete(host);
      return lifted;
    },
  };

  /** Each ban once, although it is kept for the address and for its network. */
  function running(): Ban[] {
    return [...new Set(bans.values())].filter(({ until }) => until > monotonic());
  }

  /** A counter loses one for each whole hour since it was raised last. */
  function current(counter: Counter | undefined): number {
    if (!counter) return 0;
    return Math.max(0, counter.count - Math.floor((monotonic() - counter.at) / HOUR));
  }
}

/** IPv4: the address and its /24. IPv6: the /64 alone, because a /48 is a whole organisation. */
function banBlocks(address: string): { host: string; network: string } {
  const blocks = addressBlocks(address);
  return blocks.host.includes(':') ? { host: blocks.host, network: blocks.host } : blocks;
}
