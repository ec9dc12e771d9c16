/** Reads the outbox of a tenant (specification: Outbox). */
import { actionRule } from '../../protocol/action-types.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import { asGuestIfBlocked } from '../readers/blocked-as-guest.ts';
import { type Caller, callerAt } from '../readers/caller.ts';
import { readershipOf } from '../readers/reader.ts';
import type { Deps } from '../runtime/deps.ts';
import { asManyAsFit } from '../runtime/page-size.ts';
import { notForYou } from '../runtime/read-errors.ts';

/** The tenant, the caller and the part of the outbox. */
export interface ReadOutboxInput {
  tenant: string;
  caller: Caller;
  /** Unix seconds, exclusive. */
  since?: number;
  /** The most items. Default and maximum: 100. */
  limit?: number;
}

/** A token with its related tokens. */
export interface OutboxItem {
  token: string;
  related?: string[];
}

const MAX_ITEMS = 100;

/**
 * Lists the broadcast actions of the tenant, for a peer that catches up: the newest `limit` items that the caller may read,
 * oldest first. The answer is cut where it would become too large.
 * @throws CloudilloError `permission.denied` for a guest
 */
export async function readOutbox(
  { store, log }: Pick<Deps, 'store' | 'log'>,
  { tenant, caller, since, limit = MAX_ITEMS }: ReadOutboxInput,
): Promise<OutboxItem[]> {
  if (asGuestIfBlocked(store, tenant, callerAt(caller, null)).idTag === null) throw notForYou();
  const readership = readershipOf(store, tenant, caller);
  const { actions, damaged } = await store.list(tenant, {
    issuer: tenant,
    statuses: ['A'],
    current: true,
    ...(since !== undefined && { createdAfter: since }),
    limit: Math.min(limit, MAX_ITEMS),
    reader: readership.filter,
    where: (row) => row.subtype !== 'DEL' && isBroadcast(row.type) && !approvesDeleted(store, tenant, row),
  });
  for (const { actionId } of damaged) log('error', 'a stored action is damaged', { tenant, actionId });
  const items = await Promise.all(
    asManyAsFit(actions, ({ token }) => token.length).map(async ({ token, type, subject }) => {
      const row = subject !== null && actionRule(type)?.deliverSubject ? store.row(tenant, subject) : null;
      const related = row && !isGone(row) && readership.mayRead(row) ? await store.action(tenant, row.actionId) : null;
      return { token, ...(related && { related: [related.token] }) };
    }),
  );
  return asManyAsFit(items, ({ token, related = [] }) => token.length + (related[0]?.length ?? 0)).reverse();
}

/** Whether the type is broadcast. Actions between two identities are not for a third. */
function isBroadcast(type: string): boolean {
  return actionRule(type)?.broadcast ?? false;
}

/** Whether the action approves a deleted one. Neither is listed any more. */
function approvesDeleted(
  store: Pick<Deps['store'], 'row'>,
  tenant: string,
  { type, subject }: Pick<ActionRow, 'type' | 'subject'>,
): boolean {
  const row = type === 'APRV' && subject !== null ? store.row(tenant, subject) : null;
  return row !== null && isGone(row);
}

/** Whether the action is deleted, or replaced by one with the same key. */
function isGone({ status, current }: ActionRow): boolean {
  return status === 'D' || !current;
}
