/** The effects of a tenant's own action. */
import type { JournalEvent } from '../../store/model/events.ts';
import type { Store } from '../../store/model/store-interface.ts';
import { invitationOf } from '../conversations/conversation.ts';
import { SUPERSEDING, superseded } from '../delivery/superseded.ts';
import { isOpenRequest, latestConns } from '../peers/latest-conns.ts';
import type { CompleteDraft } from './complete.ts';
import { replacedBy } from './context.ts';

type EffectStore = Pick<Store, 'row' | 'rows' | 'byKey' | 'relation' | 'deliveries'>;

/** The events that a tenant's action causes besides its storage. @param at unix milliseconds */
export function effectsOf(store: EffectStore, draft: CompleteDraft, at: number): JournalEvent[] {
  const { type, subtype } = draft;
  return [
    ...(type === 'FLLW' ? followEvents(store, draft, at) : []),
    ...(type === 'CONN' ? connectEvents(store, draft, at) : []),
    ...(type === 'SUBS' && subtype === null ? acceptedInvitation(store, draft, at) : []),
    ...(subtype === 'DEL' ? deletion(store, draft, at) : []),
    ...(SUPERSEDING.has(type) ? superseded(store, draft.tenant, replacedBy(store, draft), at) : []),
  ];
}

function followEvents(store: EffectStore, { tenant, claims, subtype }: CompleteDraft, at: number): JournalEvent[] {
  const peer = claims.aud as string;
  const { follower, connected } = store.relation(tenant, peer);
  return [{ kind: 'relation', tenant, peer, following: subtype !== 'DEL', follower, connected, at }];
}

/**
 * A `CONN` that crosses the peer's, and a `CONN:ACC`, connect. A `CONN:DEL` ends a connection or answers an unanswered
 * CONN.
 */
function connectEvents(store: EffectStore, { tenant, claims, subtype }: CompleteDraft, at: number): JournalEvent[] {
  const peer = claims.aud as string;
  const { theirs } = latestConns(store, tenant, peer);
  const answered = (status: 'A' | 'D'): JournalEvent[] =>
    theirs?.subtype === null && (theirs.status === 'C' || status === 'A')
      ? [{ kind: 'status', tenant, actionId: theirs.actionId, status, at }]
      : [];
  if (subtype === 'DEL') {
    const { following, follower } = store.relation(tenant, peer);
    return [{ kind: 'relation', tenant, peer, following, follower, connected: false, at }, ...answered('D')];
  }
  if (subtype === null && !isOpenRequest(store, tenant, peer)) return [];
  return [{ kind: 'relation', tenant, peer, following: true, follower: true, connected: true, at }, ...answered('A')];
}

function acceptedInvitation(store: EffectStore, { tenant, conversation }: CompleteDraft, at: number): JournalEvent[] {
  const invitation = conversation && invitationOf(store, tenant, conversation, tenant);
  return invitation?.status === 'C' ? [{ kind: 'status', tenant, actionId: invitation.actionId, status: 'A', at }] : [];
}

/** Deletes the action that it names or replaces by key. FLLW and CONN change the relation instead. */
function deletion(store: EffectStore, draft: CompleteDraft, at: number): JournalEvent[] {
  const { tenant, type, subject } = draft;
  if (type === 'FLLW' || type === 'CONN') return [];
  const named = subject?.type === type && subject.issuer === tenant ? subject : null;
  const target = named ?? replacedBy(store, draft);
  if (!target || target.status === 'D') return [];
  return [
    { kind: 'status', tenant, actionId: target.actionId, status: 'D', at },
    ...superseded(store, tenant, target, at),
  ];
}
