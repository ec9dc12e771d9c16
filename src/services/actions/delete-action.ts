import { actionRule } from '../../protocol/action-types.ts';
import type { ActionRow, StoredAction } from '../../store/model/rows.ts';
import { superseded } from '../delivery/superseded.ts';
import { withLock } from '../runtime/locks.ts';
import type { DecideOptions, Decision } from './accept-action.ts';
import { type CreateDeps, createAction } from './create-action.ts';
import { type NewAction, unknownAction, wrongDraft } from './new-action.ts';
import { setStatus } from './set-status.ts';
import { storedAction } from './stored-action.ts';

/** What a `:DEL` says where its type requires a text. */
const DELETED = 'deleted';

/**
 * Deletes an action. One of our own is taken back with the `:DEL` of its type, which goes to whom the original went; where the
 * type has none, and for what somebody else said, it is out of sight here, and nobody is told.
 * @throws CloudilloError `store.no-action`; `usage.action` for a `:DEL`; as `createAction`
 */
export function deleteAction(
  deps: CreateDeps,
  tenant: string,
  actionId: string,
  options: DecideOptions = {},
): Promise<Decision> {
  return withLock(deps, { kind: 'decision', tenant, of: actionId }, async (deps) => {
    const { store } = deps;
    const action = storedAction(store, tenant, actionId);
    if (action.status === 'D') return { action, changed: false, answer: null };
    if (action.issuer === tenant && action.subtype === 'DEL') throw wrongDraft(`${actionId} is a deletion already`);
    if (!isTakenBack(tenant, action)) {
      await setStatus(deps, tenant, actionId, 'D', options);
      return { action, changed: true, answer: null };
    }
    const original = await store.action(tenant, actionId);
    if (!original) throw unknownAction(`${tenant} has no action ${actionId}`);
    const answer = await createAction(deps, tenant, deletionOf(original), {
      ...options,
      alsoTo: store.deliveries({ tenant, actionId }).map(({ to }) => to),
      extra: hidden(deps, tenant, actionId),
    });
    return { action, changed: true, answer };
  });
}

/**
 * Is there something to tell others? CONV:DEL has no field that could name the conversation; what a later action replaced is
 * gone for them; and a SUBS:UPD shares its key with our own SUBS, which stays.
 */
function isTakenBack(tenant: string, { issuer, type, subtype, current }: ActionRow): boolean {
  const rule = actionRule(type);
  return (
    issuer === tenant && current && subtype !== 'UPD' && type !== 'CONV' && (rule?.subtypes.includes('DEL') ?? false)
  );
}

/** Types with a key are replaced; the others are named. Required fields are those of the type (specification: Deletion). */
function deletionOf({ type, actionId, audience, parent, subject, claims }: StoredAction): NewAction {
  const rule = actionRule(type);
  const named = rule?.key === undefined ? actionId : subject;
  return {
    type,
    subType: 'DEL',
    ...(audience !== null && { audienceTag: audience }),
    ...(parent !== null && { parentId: parent }),
    ...(named !== null && { subject: named }),
    ...(rule?.c === 'R' && { content: typeof claims.c === 'string' ? DELETED : claims.c }),
    ...(rule?.a === 'R' && claims.a && { attachments: claims.a }),
    ...(claims.v !== undefined && { visibility: claims.v }),
  };
}

/** The original is out of sight, and what of it waits isn't sent any more. */
function hidden({ store, clock }: CreateDeps, tenant: string, actionId: string) {
  const at = clock.wall();
  return [
    { kind: 'status', tenant, actionId, status: 'D', at } as const,
    ...superseded(store, tenant, { actionId }, at),
  ];
}
