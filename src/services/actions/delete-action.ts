/** Deletes actions. */
import { actionRule } from '../../protocol/action-types.ts';
import type { ActionRow, StoredAction } from '../../store/model/rows.ts';
import { superseded } from '../delivery/superseded.ts';
import { withLock } from '../runtime/locks.ts';
import type { DecideOptions, Decision } from './accept-action.ts';
import { type CreateDeps, createAction } from './create-action.ts';
import { type NewAction, unknownAction, wrongDraft } from './new-action.ts';
import { setStatus } from './set-status.ts';
import { storedAction } from './stored-action.ts';

/** The content of a `:DEL` whose type requires a text. */
const DELETED = 'deleted';

/**
 * Deletes an action. The tenant's own is deleted with the `:DEL` of its type, sent to all who got the original. A
 * peer's action, and one of a type without `:DEL`, is hidden here and nothing is sent.
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
    if (!isAnnounced(tenant, action)) {
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
 * Whether a `:DEL` is sent. None is sent for a CONV, whose `:DEL` has no field to name it, for a replaced action, which its
 * receivers no longer have, and for a SUBS:UPD, which shares its key with the tenant's own SUBS.
 */
function isAnnounced(tenant: string, { issuer, type, subtype, current }: ActionRow): boolean {
  const rule = actionRule(type);
  return (
    issuer === tenant && current && subtype !== 'UPD' && type !== 'CONV' && (rule?.subtypes.includes('DEL') ?? false)
  );
}

/**
 * The `:DEL` of an action: types with a key replace it, the others name it. Required fields are those of the type
 * (specification: Deletion).
 */
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

/** Hides the original and ends its queued deliveries. */
function hidden({ store, clock }: CreateDeps, tenant: string, actionId: string) {
  const at = clock.wall();
  return [
    { kind: 'status', tenant, actionId, status: 'D', at } as const,
    ...superseded(store, tenant, { actionId }, at),
  ];
}
