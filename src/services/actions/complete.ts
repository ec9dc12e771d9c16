/** Fills in the defaults of a draft. */
import { isCanonicalIdTag } from '../../protocol/id-tag.ts';
import type { ActionClaims } from '../../protocol/token.ts';
import type { Visibility } from '../../protocol/visibility.ts';
import type { Store } from '../../store/model/store-interface.ts';
import { CONVERSATION_FLAGS } from '../conversations/conversation.ts';
import type { DraftContext } from './context.ts';

/** A draft with its defaults filled in (specification: Broadcast; Visibility). */
export interface CompleteDraft extends DraftContext {
  visibility: Visibility;
}

/** Fills in audience, visibility, flags, content and expiry where they are absent. @param now unix seconds */
export function complete(store: Pick<Store, 'file'>, draft: DraftContext, now: number): CompleteDraft {
  const visibility = draft.visibility ?? defaultVisibility(draft);
  const { type, subtype, claims, conversation, rule } = draft;
  const added: Partial<ActionClaims> = { v: visibility };
  const audience = claims.aud ?? defaultAudience(draft);
  if (audience !== undefined) added.aud = audience;
  // The network finds a conversation's messages by their parent.
  if (type === 'MSG' && conversation && claims.p === undefined) added.p = conversation.actionId;
  if (type === 'CONV' && subtype === null) added.f = claims.f ?? CONVERSATION_FLAGS;
  if (rule.ttlSeconds !== undefined) added.exp = claims.exp ?? now + rule.ttlSeconds;
  if (type === 'FSHR' && claims.c === undefined && claims.sub !== undefined) {
    const file = store.file(draft.tenant, claims.sub);
    if (file) added.c = { contentType: file.contentType, fileName: file.fileName, fileTp: 'BLOB' };
  }
  return { ...draft, visibility, claims: { ...claims, ...added } };
}

/** The visibility of the parent, else of the subject, else `F`; `S` in a conversation (specification: Visibility). */
function defaultVisibility({ type, parent, subject, conversation }: DraftContext): Visibility {
  if (type === 'FLLW' || type === 'CONN') return 'F';
  if (type === 'CONV' || conversation) return 'S';
  return parent?.visibility ?? subject?.visibility ?? 'F';
}

/**
 * The default audience of an answer: the parent's audience, else its issuer (specification: Broadcast). Other types
 * have none: a REPOST and an INVT must name it.
 */
function defaultAudience({ type, subtype, tenant, claims, parent, subject, conversation }: DraftContext) {
  switch (type) {
    case 'MSG':
      // The owner of a conversation relays its own messages to all, without an audience.
      if (conversation) return conversation.issuer === tenant ? undefined : conversation.issuer;
      // Between two identities the answer goes to the other one.
      return parent?.issuer === tenant ? (parent.audience ?? undefined) : parent?.issuer;
    case 'POST':
    case 'CMNT':
      return parent?.audience ?? parent?.issuer;
    case 'REACT':
      return subject?.audience ?? subject?.issuer;
    case 'SUBS':
      return subtype === 'UPD' ? undefined : conversation?.issuer;
    case 'APRV':
      return parent ? undefined : subject?.issuer;
    case 'PRES':
      return (
        conversation?.issuer ??
        subject?.audience ??
        subject?.issuer ??
        (isCanonicalIdTag(claims.sub?.slice(1) ?? '') ? claims.sub?.slice(1) : undefined)
      );
    default:
      return undefined;
  }
}
