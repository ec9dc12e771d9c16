/** Approvals of actions on a tenant's wall (specification: Walls and approval). */
import { actionRule } from '../../protocol/action-types.ts';
import type { Visibility } from '../../protocol/visibility.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import type { ActionRow, StoredAction } from '../../store/model/rows.ts';
import { superseded } from '../delivery/superseded.ts';
import { followersWhoMayRead } from '../readers/followers-who-read.ts';
import type { Deps } from '../runtime/deps.ts';
import { type SignedAction, signOutgoing } from './outgoing.ts';

/** The part of an action on the tenant's wall that an approval needs. */
export type OnWall = Pick<StoredAction, 'actionId' | 'issuer' | 'visibility' | 'token'>;

/**
 * Whether the action is on the tenant's wall, and of a type that the owner approves (specification: Walls and approval). Actions
 * in a conversation are relayed instead. Local actions are never approved.
 */
export function isOnWall(
  tenant: string,
  { type, subtype, issuer, audience }: Pick<ActionRow, 'type' | 'subtype' | 'issuer' | 'audience'>,
): boolean {
  const rule = actionRule(type);
  if (!rule?.approvable || rule.requiresSubscription || rule.localOnly) return false;
  return audience === tenant && issuer !== tenant && subtype !== 'DEL';
}

/** Whether the owner of the wall has approved the action. */
export function isApproved(store: Pick<Deps['store'], 'rows'>, tenant: string, actionId: string): boolean {
  const approval = { types: ['APRV'], subject: actionId, issuer: tenant, statuses: ['A'], limit: 1 } as const;
  return [...store.rows(tenant, approval)].length > 0;
}

/**
 * Signs an APRV (`aud` = the issuer of the action, `sub` = the action) for the issuer and for the followers who may
 * read the action. The approved token goes along. Nothing is stored: the caller appends the events.
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
 * Signs an APRV of the `:DEL` of an approved action, for those who got the action by the approval. They have no other
 * relation to its issuer. Queued deliveries of the approval become superseded.
 * @param ended the deleted action
 * @returns no events when nobody got the approval; the caller appends the events
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
  // The issuer knows of its own `:DEL`.
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

/** The visibility of an APRV: `F`, as in the network, or that of the approved action where it is narrower. */
function approvalLetter(visibility: Visibility): Visibility {
  return visibility === 'C' || visibility === 'S' || visibility === 'D' ? visibility : 'F';
}
