/** Unfollows a peer. */
import { checkOwnProfile } from '../delivery/preflight.ts';
import { tenantAndPeer } from '../runtime/acting-tenant.ts';
import type { Emit } from '../runtime/deps.ts';
import { withLock } from '../runtime/locks.ts';
import { withRequestLimits } from '../runtime/request-limits.ts';
import { createStages } from '../runtime/stages.ts';
import {
  dryRun,
  type FollowDeps,
  type FollowInput,
  type FollowResult,
  send,
  storedFollow,
  UNCHANGED,
} from './follow-steps.ts';

/**
 * Ends a follow with a `FLLW:DEL` that replaces the FLLW. It counts at once, whatever the peer answers; a failed
 * delivery stays queued. It is a success without a change when there is no follow.
 * @throws CloudilloError `usage.id-tag`, `usage.self`, `home.identity-missing`, `key.*`, `store.*`
 */
export async function unfollow(given: FollowDeps, input: FollowInput, emit: Emit): Promise<FollowResult> {
  const deps = withRequestLimits(given, input);
  const { tenant, peer } = await tenantAndPeer(deps.identities, input, 'unfollow');
  const draft = { type: 'FLLW', subType: 'DEL', audienceTag: peer };
  const stages = createStages(emit, deps.observer);
  if (input.dryRun) return dryRun(deps, stages, { tenant, peer }, draft);
  return withLock(deps, { kind: 'follow', tenant, peer }, async (deps) => {
    if (!deps.store.relation(tenant, peer).following) {
      stages.skip('deliver', 'not following');
      return { ...(await storedFollow(deps, tenant, peer)), ...UNCHANGED, stages: stages.reports };
    }
    // The peer's profile is not needed, so that a name that no longer exists can be unfollowed.
    const obstacle = await checkOwnProfile(deps, stages, tenant, input.preflight ?? true);
    const result = await send(deps, stages, { tenant, peer, sync: input.sync ?? false, obstacle }, draft);
    return { ...result, stages: stages.reports };
  });
}
