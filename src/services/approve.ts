import { actionRule } from '../protocol/action-types.ts';
import type { Visibility } from '../protocol/visibility.ts';
import type { ActionRow, StoredAction } from '../store/rows.ts';
import type { Deps } from './deps.ts';
import { followersWhoMayRead } from './followers-who-read.ts';
import { type SignedAction, signOutgoing } from './outgoing.ts';

/** An action on our wall, as far as approving it goes. */
export type OnWall = Pick<StoredAction, 'actionId' | 'issuer' | 'visibility' | 'token'>;

/**
 * Is it on this identity's wall, and of a type that its owner approves (PROTOCOL.md, Broadcast, walls and approval)? What a
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
    to: [issuer, ...followersWhoMayRead(deps.store, tenant, readers, deps.clock())],
    related: [token],
  });
}

/** `F`, as the network signs it, except where fewer may read what it approves. */
function approvalLetter(visibility: Visibility): Visibility {
  return visibility === 'C' || visibility === 'S' || visibility === 'D' ? visibility : 'F';
}
