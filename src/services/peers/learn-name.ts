/** Fetches the profile of a peer that the tenant knows nothing about. */
import { errorToObject } from '../../protocol/errors.ts';
import type { Deps } from '../runtime/deps.ts';
import { keepName } from './refresh-profiles.ts';

/** The parts that learning a name needs. */
export type LearnNameDeps = Pick<Deps, 'store' | 'profiles' | 'clock' | 'log' | 'peerChanged'>;

/**
 * Fetches the profile of a peer for views, when the tenant has none. Call it after the peer accepted an action. A failure is logged,
 * and the daily refresh tries again.
 * @throws CloudilloError `store.*`
 */
export async function learnName(deps: LearnNameDeps, tenant: string, peer: string): Promise<void> {
  if (peer === tenant || deps.store.peer(tenant, peer)) return;
  let profile: Awaited<ReturnType<typeof deps.profiles.refresh>>;
  try {
    profile = await deps.profiles.refresh(peer);
  } catch (error) {
    deps.log('info', `no profile of ${peer}`, { tenant, peer, error: errorToObject(error) });
    return;
  }
  await keepName(deps, profile, [tenant]);
}
