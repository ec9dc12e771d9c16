import { errorToObject } from '../../protocol/errors.ts';
import type { Deps } from '../runtime/deps.ts';
import { keepName } from './refresh-profiles.ts';

/** What learning a peer's name depends on. */
export type LearnNameDeps = Pick<Deps, 'store' | 'profiles' | 'clock' | 'log'>;

/**
 * Fetches the profile of a peer of which the tenant knows none, for views. A peer that just took an action can be asked; what goes
 * wrong is logged, and the daily refresh tries again.
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
