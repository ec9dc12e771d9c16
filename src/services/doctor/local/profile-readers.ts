/** Who has fetched the profile of a tenant from the server of this home lately. */
import type { Deps } from '../../runtime/deps.ts';

/** What the server saw. */
export interface SeenReads {
  /** Whether a server runs here that could have seen any. */
  served: boolean;
  /** The addresses that the requests came from, each once. */
  addresses: string[];
}

/** Tells it. @param input.since unix milliseconds */
export async function profileReads(
  { server }: Pick<Deps, 'server'>,
  { tenant, since }: { tenant: string; since: number },
): Promise<SeenReads> {
  const addresses = server.profileReads.since(tenant, since).map(({ address }) => address);
  return { served: server.facts !== null, addresses: [...new Set(addresses)] };
}
