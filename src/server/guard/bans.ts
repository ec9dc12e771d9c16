/** Bans the addresses that send tokens with bad signatures (specification: Bans). */
import { boundedCache } from '../../federation/limits/bounded-cache.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { AddressMemory, KnownBan } from '../../services/runtime/server-facts.ts';
import { blamedBlocks } from '../http/client-address.ts';
import { type Counter, decayedCount } from './hourly-decay.ts';

/** The third bad signature bans the address (specification: Bans). */
const BAD_SIGNATURES = 3;
const BAN = 3_600_000;

/** The banned addresses. */
export interface Bans extends Pick<AddressMemory, 'bans' | 'banOf' | 'lift'> {
  /** Throws when the address is banned. @throws CloudilloError `rate.banned` with `details.remainingSecs` */
  assertNotBanned(address: string): void;
  badSignature(address: string): void;
}

/** @param monotonic the monotonic clock, milliseconds */
export function createBans(monotonic: () => number, maxKeys: number): Bans {
  const signatures = boundedCache<string, Counter>(maxKeys);
  const bans = boundedCache<string, KnownBan>(maxKeys);

  return {
    assertNotBanned(address) {
      const { host, network } = blamedBlocks(address);
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
      const { host, network } = blamedBlocks(address);
      const count = decayedCount(signatures.get(host), monotonic()) + 1;
      signatures.set(host, { count, at: monotonic() });
      if (count < BAD_SIGNATURES) return;
      signatures.delete(host);
      const ban = { address: host, network, since: monotonic(), until: monotonic() + BAN };
      bans.set(host, ban);
      bans.set(network, ban);
    },
    bans: () => running().map((ban) => ({ ...ban })),
    banOf(address) {
      const { host, network } = blamedBlocks(address);
      const ban = [bans.get(host), bans.get(network)].find((each) => each && each.until > monotonic());
      return ban ? { ...ban } : null;
    },
    lift(address) {
      const { host, network } = address === null ? { host: null, network: null } : blamedBlocks(address);
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
  function running(): KnownBan[] {
    return [...new Set(bans.values())].filter(({ until }) => until > monotonic());
  }
}
