import { actionRule, splitType } from '../../protocol/action-types.ts';
import type { ActionClaims } from '../../protocol/token.ts';
import type { Visibility } from '../../protocol/visibility.ts';
import type { Store } from '../../store/model/store-interface.ts';
import { conversationOf, subscribersOf } from '../conversations/conversation.ts';
import { followersWhoMayRead } from '../readers/followers-who-read.ts';

type RecipientStore = Pick<Store, 'row' | 'rows' | 'currentRelations' | 'treatment' | 'peerFailure'>;

/** The claims that decide where an action goes. */
export type Addressed = Pick<ActionClaims, 't'> & Partial<Pick<ActionClaims, 'aud' | 'p' | 'sub'>>;

/**
 * To whom an action of ours goes (specification: Broadcast; Conversations): its audience; everybody who may read what is said to
 * all; the owner of what it reposts or of the conversation that it is said in. Blocked peers get nothing. What is said in a
 * conversation of ours reaches its subscribers as a relay, which isn't counted here.
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
    // Passed on and kept nowhere, so there is nothing that a relay could name.
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

/** Nothing is sent to whom we blocked. */
export function unblocked(store: Pick<Store, 'treatment'>, tenant: string, idTags: readonly string[]): string[] {
  return idTags.filter((idTag) => !store.treatment(tenant, idTag).blocked);
}

/** The tokens that go along: what a REPOST, an INVT or an APRV is about. */
export async function relatedOf(store: Pick<Store, 'action'>, tenant: string, claims: Addressed): Promise<string[]> {
  const { type, subtype } = splitType(claims.t);
  if (!actionRule(type)?.deliverSubject || subtype === 'DEL' || claims.sub === undefined) return [];
  const subject = await store.action(tenant, claims.sub);
  return subject ? [subject.token] : [];
}
