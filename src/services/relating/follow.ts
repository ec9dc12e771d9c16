/** Follows a peer. */
import { CloudilloError } from '../../protocol/errors.ts';
import { checkDraft } from '../actions/create-action.ts';
import { askAgain } from '../delivery/attempt.ts';
import { deliveryReport, findDelivery } from '../delivery/delivery-report.ts';
import { checkOwnProfile } from '../delivery/preflight.ts';
import { pullHistory } from '../inbox/pull-history.ts';
import { fetchPeerProfile } from '../peers/fetch-peer-profile.ts';
import { peerEvent } from '../peers/peer-event.ts';
import { tenantAndPeer } from '../runtime/acting-tenant.ts';
import type { Emit } from '../runtime/deps.ts';
import { withLock } from '../runtime/locks.ts';
import { withRequestLimits } from '../runtime/request-limits.ts';
import { createStages, type Stages } from '../runtime/stages.ts';
import {
  currentFollow,
  deliver,
  dryRun,
  type FollowDeps,
  type FollowInput,
  type FollowResult,
  send,
  storedFollow,
  UNCHANGED,
} from './follow-steps.ts';

/**
 * Follows a peer (specification: Follow): preflight → profile → sign → store → deliver → history. The follow counts
 * when it is stored; a failed delivery stays queued.
 * @throws CloudilloError `usage.id-tag`, `usage.self`, `usage.blocked`, `home.identity-missing`, `key.*`, `store.*`;
 * when the peer is proven not to exist `dns.nxdomain`, `dns.nodata`, `peer.*`
 */
export async function follow(given: FollowDeps, input: FollowInput, emit: Emit): Promise<FollowResult> {
  const deps = withRequestLimits(given, input);
  const { tenant, peer } = await tenantAndPeer(deps.identities, input, 'follow');
  const draft = draftFor(peer);
  await checkDraft(deps, tenant, draft);
  const stages = createStages(emit, deps.observer);
  if (input.dryRun) return dryRun(deps, stages, { tenant, peer }, draft);
  return withLock(deps, { kind: 'follow', tenant, peer }, async (deps) => {
    const { following } = deps.store.relation(tenant, peer);
    const result = following
      ? await followAgain(deps, stages, tenant, peer, input)
      : await followNow(deps, stages, tenant, peer, input);
    const history = result.outcome === 'accepted' ? await pullHistory(deps, stages, tenant, peer) : null;
    return { ...result, history, stages: stages.reports };
  });
}

function draftFor(peer: string) {
  return { type: 'FLLW', audienceTag: peer };
}

async function followNow(
  deps: FollowDeps,
  stages: Stages,
  tenant: string,
  peer: string,
  { preflight = true, sync = false }: FollowInput,
): Promise<FollowResult> {
  const hidden = await checkOwnProfile(deps, stages, tenant, preflight);
  const looked = await fetchPeerProfile(deps, stages, peer);
  const away = looked instanceof CloudilloError;
  if (!away) deps.keyCache.put({ ...looked, fetchedAt: deps.clock.wall() });
  const sending = { tenant, peer, sync, obstacle: hidden ?? (away ? looked : null) };
  return send(deps, stages, sending, draftFor(peer), away ? [] : [peerEvent(tenant, looked, deps.clock.wall())]);
}

/** The tenant follows already. A queued delivery is tried again; with `sync` the peer is asked once more. */
async function followAgain(
  deps: FollowDeps,
  stages: Stages,
  tenant: string,
  peer: string,
  { preflight = true, sync = false }: FollowInput,
): Promise<FollowResult> {
  const row = currentFollow(deps.store, tenant, peer);
  const delivery = row && findDelivery(deps.store, tenant, row.actionId, peer);
  if (delivery?.state === 'queued') {
    const obstacle = await checkOwnProfile(deps, stages, tenant, preflight);
    return deliver(deps, stages, { tenant, peer, sync, obstacle }, delivery.actionId);
  }
  const unchanged = { ...(await storedFollow(deps, tenant, peer)), ...UNCHANGED };
  if (!delivery || !sync) {
    stages.skip('deliver', 'already following');
    return unchanged;
  }
  const status = await stages.run(
    'deliver',
    () => askAgain(deps, delivery),
    (code) => `/api/inbox/sync answered ${code}`,
  );
  return { ...unchanged, verified: true, delivery: deliveryReport(delivery, status, null) };
}
