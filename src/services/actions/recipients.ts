/** The recipients of a tenant's action. */
import { actionRule, splitType } from '../../protocol/action-types.ts';
import type { ActionClaims } from '../../protocol/token.ts';
import type { Visibility } from '../../protocol/visibility.ts';
import type { Store } from '../../store/model/store-interface.ts';
import { conversationOf, subscribersOf } from '../conversations/conversation.ts';
import { followersWhoMayRead } from '../readers/followers-who-read.ts';

type RecipientStore = Pick<Store, 'row' | 'rows' | 'currentRelations' | 'treatment' | 'openCircuit'>;

/** The claims that decide on the recipients. */
export type Addressed = Pick<ActionClaims, 't'> & Partial<Pick<ActionClaims, 'aud' | 'p' | 'sub'>>;

/**
 * The recipients of a tenant's action (specification: Broadcast; Conversations): its audience, the readers of a
 * broadcast, and the owner of what it reposts or of its conversation. Blocked peers are left out. Subscribers of the
 * tenant's own conversation get a relay, which is not counted here.
 * @param now unix milliseconds
 */
export function recipientsOf(
  store: RecipientStore,
  tenant: string,
  claims: Addressed,
  visibility: Visibility,
  now: number,
): string[] {
  const { type } = splitType(claims.t);
  const rule = actionRule(type);
  if (!rule || rule.localOnly) return [];
  const to = new Set<string>();
  const { aud } = claims;
  if (aud !== undefined) to.add(aud);
  const conversation = type === 'CONV' ? null : conversationOf(store, tenant, [claims.p, claims.sub]);
  if (conversation) {
    to.add(conversation.issuer);
    // An ephemeral action is not stored, so no relay could name it.
    if (rule.ephemeral && conversation.issuer === tenant) {
      for (const idTag of subscribersOf(store, tenant, conversation)) to.add(idTag);
    }
  } else if (rule.broadcast && (aud === undefined || aud === tenant || type === 'APRV')) {
    for (const idTag of followersWhoMayRead(store, tenant, visibility, now)) to.add(idTag);
  }
  if (rule.deliverToSubjectOwner && claims.sub !== undefined) {
    const subject = store.row(tenant, claims.sub);
    if (subject) to.add(subject.issuer);
  }
  to.delete(tenant);
  return unblocked(store, tenant, [...to]);
}

/** Leaves out blocked peers. */
export function unblocked(store: Pick<Store, 'treatment'>, tenant: string, idTags: readonly string[]): string[] {
  return idTags.filter((idTag) => !store.treatment(tenant, idTag).blocked);
}

/** The related tokens: the subject of a REPOST, an INVT or an APRV. */
export async function relatedOf(store: Pick<Store, 'action'>, tenant: string, claims: Addressed): Promise<string[]> {
  const { type, subtype } = splitType(claims.t);
  if (!actionRule(type)?.deliverSubject || subtype === 'DEL' || claims.sub === undefined) return [];
  const subject = await store.action(tenant, claims.sub);
  return subject ? [subject.token] : [];
}
