/** The bans of the running server: `bans list` and `bans lift`. */
import { CloudilloError } from '../../protocol/errors.ts';
import type { Deps } from '../runtime/deps.ts';
import type { AddressMemory, KnownBan } from '../runtime/server-facts.ts';

/** A ban. Times are ISO 8601. */
export interface BanView {
  /** The address that sent tokens with bad signatures; IPv6: its /64. */
  address: string;
  /** The network that is banned with it; IPv6: the same. */
  network: string;
  since: string;
  until: string;
}

type BanDeps = Pick<Deps, 'server' | 'clock'>;

/** Lists the bans that hold, the latest first. @throws CloudilloError `home.no-server` */
export async function listBans(deps: BanDeps): Promise<{ bans: BanView[] }> {
  const bans = memoryOf(deps).bans();
  return { bans: bans.sort((a, b) => b.since - a.since).map((ban) => viewOf(deps, ban)) };
}

/**
 * Ends bans. @param input.address an address or a network; null: all bans
 * @returns those that were ended @throws CloudilloError `home.no-server`
 */
export async function liftBans(deps: BanDeps, { address }: { address: string | null }): Promise<{ bans: BanView[] }> {
  return {
    bans: memoryOf(deps)
      .lift(address)
      .map((ban) => viewOf(deps, ban)),
  };
}

function memoryOf({ server }: BanDeps): AddressMemory {
  if (server.addresses) return server.addresses;
  const runs = server.facts !== null;
  throw new CloudilloError(
    'home.no-server',
    runs ? 'The server of this home bans nobody' : 'No server serves this home, so nobody is banned',
    {
      stage: 'home',
      hint: runs
        ? 'Its limits are off: see "cloudillo config explain rateLimits"'
        : 'Bans are in the memory of a running server, and end with it: cloudillo serve',
    },
  );
}

/** Bans go by the monotonic clock. */
function viewOf({ clock }: BanDeps, { address, network, since, until }: KnownBan): BanView {
  const wall = (time: number) => new Date(clock.wall() + time - clock.monotonic()).toISOString();
  return { address, network, since: wall(since), until: wall(until) };
}
