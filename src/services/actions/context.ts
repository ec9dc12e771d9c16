/** Looks up the actions that a draft refers to. */
import { actionKey } from '../../protocol/action-types.ts';
import type { ActionClaims } from '../../protocol/token.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';
import { conversationOf } from '../conversations/conversation.ts';
import { type Draft, unknownAction, wrongDraft } from './new-action.ts';

/** A draft with the stored actions that it refers to. */
export interface DraftContext extends Draft {
  tenant: string;
  parent: ActionRow | null;
  subject: ActionRow | null;
  /** The conversation that it belongs to. */
  conversation: ActionRow | null;
}

type Rows = Pick<Store, 'row' | 'rows' | 'byKey' | 'file'>;

/**
 * Looks up what a draft refers to.
 * @throws CloudilloError `store.no-action` for a deleted reference; `usage.action` for files that are not stored
 */
export function contextOf(store: Rows, tenant: string, draft: Draft): DraftContext {
  const { p, sub, a = [] } = draft.claims;
  const parent = p === undefined ? null : store.row(tenant, p);
  const subject = sub === undefined ? null : store.row(tenant, sub);
  const conversation = draft.type === 'CONV' ? null : conversationOf(store, tenant, [p, sub]);
  if (draft.subtype !== 'DEL') {
    for (const row of [parent, subject]) {
      if (row?.status === 'D') throw unknownAction(`${row.actionId} was deleted`);
    }
    // Receivers fetch attachments from the issuer, so they must be stored.
    const missing = a.find((fileId) => store.file(tenant, fileId) === null);
    if (missing !== undefined) throw wrongDraft(`The file ${missing} is not stored here: add it first`);
  }
  return { ...draft, tenant, parent, subject, conversation };
}

/** The tenant's action that this one replaces by its key; null when there is none. */
export function replacedBy(store: Pick<Store, 'byKey'>, { tenant, claims }: DraftContext): ActionRow | null {
  const key = actionKey({ iat: 0, ...claims, iss: tenant, k: '' } as ActionClaims);
  return key === null ? null : store.byKey(tenant, key, tenant);
}
