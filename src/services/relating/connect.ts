/** Connects with a peer, and disconnects. */
import type { ActionRow } from '../../store/model/rows.ts';
import type { ActResult } from '../actions/act-result.ts';
import { deliverWaiting } from '../actions/deliver-created.ts';
import { assertNotBlocked } from '../actions/rules.ts';
import { type ActInput, historyOf, resultOf, type SendDeps, sendAction } from '../actions/send-action.ts';
import { findDelivery } from '../delivery/delivery-report.ts';
import { checkOwnProfile } from '../delivery/preflight.ts';
import { isOpenRequest, latestConns } from '../peers/latest-conns.ts';
import { awaitsAnswer } from '../peers/relation-effects.ts';
import { tenantAndPeer } from '../runtime/acting-tenant.ts';
import type { Emit } from '../runtime/deps.ts';
import { withRequestLimits } from '../runtime/request-limits.ts';
import { createStages } from '../runtime/stages.ts';

/** The peer to connect with or to disconnect from. */
export interface ConnectInput extends ActInput {
  peer: string;
  /** A message in the CONN. With one, an unanswered CONN is sent anew. */
  message?: string | undefined;
}

/**
 * Sends a CONN; if the peer sent one first, both are connected at once. It is a success without a change when they are
 * connected or the CONN is unanswered; then queued deliveries of it are tried again.
 * @throws CloudilloError `usage.self`; as `sendAction`
 */
export async function connect(
  deps: SendDeps,
  { peer, message, ...input }: ConnectInput,
  emit: Emit,
): Promise<ActResult> {
  const { tenant, peer: audienceTag } = await tenantAndPeer(deps.identities, { as: input.as, peer }, 'connect with');
  // Checked first: a CONN from before the block is no success.
  assertNotBlocked(deps.store, tenant, audienceTag);
  const state = { relation: deps.store.relation(tenant, audienceTag), ...latestConns(deps.store, tenant, audienceTag) };
  const asked = awaitsAnswer(state) && message === undefined && !neverArrived(deps, tenant, state.ours, audienceTag);
  if (!input.dryRun && (state.relation.connected || (asked && !isOpenRequest(deps.store, tenant, audienceTag)))) {
    return askedAlready(deps, tenant, state.ours?.actionId ?? null, audienceTag, input, emit);
  }
  return sendAction(
    deps,
    { ...input, draft: { type: 'CONN', audienceTag, ...(message && { content: message }) } },
    emit,
  );
}

/**
 * Ends a connection or withdraws a CONN. It is a success without a change when there is neither.
 * @throws CloudilloError `usage.self`; as `sendAction`
 */
export async function disconnect(deps: SendDeps, { peer, ...input }: ConnectInput, emit: Emit): Promise<ActResult> {
  const { tenant, peer: audienceTag } = await tenantAndPeer(deps.identities, { as: input.as, peer }, 'part from');
  const { store } = deps;
  const { connected } = store.relation(tenant, audienceTag);
  const state = { relation: store.relation(tenant, audienceTag), ...latestConns(store, tenant, audienceTag) };
  if (!input.dryRun && !connected && !awaitsAnswer(state) && !isOpenRequest(store, tenant, audienceTag)) {
    const stages = createStages(emit, deps.observer);
    stages.skip('deliver', 'not connected');
    const { following, follower } = state.relation;
    const relation = { peer: audienceTag, following, follower, connected };
    return { ...resultOf(deps, tenant, null), relation, outcome: 'already', stages: stages.reports };
  }
  return sendAction(deps, { ...input, draft: { type: 'CONN', subType: 'DEL', audienceTag } }, emit);
}

/** The peer can't answer a CONN whose delivery ended without success. */
function neverArrived({ store }: SendDeps, tenant: string, ours: ActionRow | null, peer: string): boolean {
  if (ours === null) return false;
  const state = findDelivery(store, tenant, ours.actionId, peer)?.state;
  return ours.status === 'D' || (state !== undefined && state !== 'queued' && state !== 'delivered');
}

/** Tries queued deliveries of the CONN again. */
async function askedAlready(
  given: SendDeps,
  tenant: string,
  actionId: string | null,
  peer: string,
  input: ActInput,
  emit: Emit,
): Promise<ActResult> {
  const deps = withRequestLimits(given, input);
  const stages = createStages(emit, deps.observer);
  const action = actionId === null ? null : await deps.store.action(tenant, actionId);
  const { following, follower, connected } = deps.store.relation(tenant, peer);
  const result = {
    ...resultOf(deps, tenant, action && { ...action, to: [peer] }),
    relation: { peer, following, follower, connected },
  };
  const delivery = actionId === null ? null : findDelivery(deps.store, tenant, actionId, peer);
  if (!action || delivery?.state !== 'queued') {
    stages.skip('deliver', connected ? 'connected already' : 'asked already');
    return { ...result, outcome: 'already', stages: stages.reports };
  }
  const obstacle = await checkOwnProfile(deps, stages, tenant, input.preflight ?? true);
  const carried = await deliverWaiting(deps, stages, [delivery], { sync: input.sync ?? false, obstacle });
  const history = await historyOf(deps, stages, tenant, action, carried);
  return { ...result, ...carried, history, stages: stages.reports };
}
