import { actionRule } from '../../protocol/action-types.ts';
import type { Visibility } from '../../protocol/visibility.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import type { ActionRow, StoredAction } from '../../store/model/rows.ts';
import { superseded } from '../delivery/superseded.ts';
import { followersWhoMayRead } from '../readers/followers-who-read.ts';
import type { Deps } from '../runtime/deps.ts';
import { type SignedAction, signOutgoing } from './outgoing.ts';

/** An action on our wall, as far as approving it goes. */
export type OnWall = Pick<StoredAction, 'actionId' | 'issuer' | 'visibility' | 'token'>;

/**
 * Is it on this identity's wall, and of a type that its owner approves (specification: Walls and approval)? What a
 * conversation relays is approved by that, and what never leaves its home by nobody.
 */
export function isOnWall(
  tenant: string,
  { type, subtype, issuer, audience }: Pick<ActionRow, 'type' | 'subtype' | 'issuer' | 'audience'>,
): boolean {
  const rule = actionRule(type);
  if (!rule?.approvable || rule.requiresSubscription || rule.localOnly) return false;
  return audience === tenant && issuer !== tenant && subtype !== 'DEL';
}

/** Did the owner of the wall approve it already? */
export function isApproved(store: Pick<Deps['store'], 'count'>, tenant: string, actionId: string): boolean {
  return store.count(tenant, { types: ['APRV'], subject: actionId, issuer: tenant, statuses: ['A'] }) > 0;
}

/**
 * Approves what is on our wall: an APRV (`aud` = the issuer of the action, `sub` = the action) for that issuer and for those
 * followers of ours who may read the action, whose token goes along. Nothing is stored here: append the events.
 * @throws CloudilloError what the signer throws
 */
export function approvalEvents(
  deps: Pick<Deps, 'signer' | 'store' | 'clock'>,
  tenant: string,
  { actionId, issuer, visibility, token }: OnWall,
): Promise<SignedAction> {
  const readers = visibility ?? 'D';
  const letter = approvalLetter(readers);
  return signOutgoing(deps, {
    tenant,
    claims: { t: 'APRV', aud: issuer, sub: actionId, v: letter },
    visibility: letter,
    to: [issuer, ...followersWhoMayRead(deps.store, tenant, readers, deps.clock.wall())],
    related: [token],
  });
}

/**
 * Passes on what takes back an action that we approved: its `:DEL`, approved in turn, to those who got the action by our approval; they
 * know its issuer by that alone. Where the approval still waits, it isn't sent any more.
 * @param ended the action that was taken back
 * @returns nothing when nobody got it from us; append the events
 * @throws CloudilloError what the signer throws
 */
export async function withdrawalEvents(
  deps: Pick<Deps, 'signer' | 'store' | 'clock'>,
  tenant: string,
  { actionId, issuer, visibility, token }: OnWall,
  ended: string,
): Promise<JournalEvent[]> {
  const { store, clock } = deps;
  const query = { types: ['APRV'], subject: ended, issuer: tenant, statuses: ['A'] as const };
  const approvals = [...store.rows(tenant, query)];
  const told = approvals.flatMap((approval) => store.deliveries({ tenant, actionId: approval.actionId }));
  // Its issuer says it itself.
  const to = told
    .map(({ to: peer }) => peer)
    .filter((peer) => peer !== issuer && !store.treatment(tenant, peer).blocked);
  if (to.length === 0) return [];
  const letter = approvalLetter(visibility ?? 'D');
  const { events } = await signOutgoing(deps, {
    tenant,
    claims: { t: 'APRV', aud: issuer, sub: actionId, v: letter },
    visibility: letter,
    to,
    related: [token],
  });
  return [...events, ...approvals.flatMap((approval) => superseded(store, tenant, approval, clock.wall()))];
}

/** `F`, as the network signs it, except where fewer may read what it approves. */
function approvalLetter(visibility: Visibility): Visibility {
  return visibility === 'C' || visibility === 'S' || visibility === 'D' ? visibility : 'F';
}
