import { decodeCursor, encodeCursor } from '../protocol/cursor.ts';
import type { ActionStatus } from '../store/events.ts';
import type { Identity } from '../store/identity-document.ts';
import type { ActionQuery, ActionRow } from '../store/rows.ts';
import { type ActionView, actionView } from './action-view.ts';
import { admitted } from './admitted.ts';
import { type Caller, callerAt } from './caller.ts';
import type { Deps } from './deps.ts';
import { asManyAsFit } from './page-size.ts';
import { readershipOf } from './reader.ts';
import { shownStatus } from './shown-status.ts';

/** What to list: every condition that is given holds. */
export interface ListActionsInput {
  own: Identity;
  caller: Caller;
  types?: string[];
  statuses?: string[];
  issuer?: string;
  audience?: string;
  parentId?: string;
  rootId?: string;
  subject?: string;
  actionId?: string;
  /** Unix seconds. */
  createdAfter?: number;
  /** Default 20. */
  limit?: number;
  cursor?: string;
  includeTokens?: boolean;
}

/** A page of views. */
export interface ActionPage {
  views: ActionView[];
  nextCursor: string | null;
  hasMore: boolean;
}

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;
/** Deleted ones are listed only when asked for, and only to the owner; drafts are nobody else's business either. */
const OWNER_STATUSES: readonly ActionStatus[] = ['A', 'C', 'N', 'R', 'S'];
const OTHERS_STATUSES: readonly ActionStatus[] = ['A', 'C', 'N'];

/**
 * A page of actions, newest first, of those that the caller may read.
 * @throws CloudilloError `usage.cursor`, `store.io`
 */
export async function listActionsView(
  { store, log }: Pick<Deps, 'store' | 'log'>,
  input: ListActionsInput,
): Promise<ActionPage> {
  const { own, limit = DEFAULT_LIMIT, cursor, includeTokens = false } = input;
  const { readership, query, statusOf } = queryOf({ store }, input);
  const page = await store.list(own.idTag, {
    ...query,
    limit: Math.min(limit, MAX_LIMIT),
    ...(cursor !== undefined && { after: decodeCursor(cursor) }),
  });
  for (const { actionId } of page.damaged) log('error', 'a stored action is damaged', { tenant: own.idTag, actionId });
  const actions = asManyAsFit(page.actions, ({ token }) => token.length);
  const hasMore = page.hasMore || actions.length < page.actions.length;
  const views = await Promise.all(
    actions.map(async (action) => {
      const view = await actionView({ store, own, readership }, action, { withToken: includeTokens });
      return { ...view, status: statusOf(action) ?? action.status };
    }),
  );
  const last = actions.at(-1);
  return { views, nextCursor: hasMore && last ? encodeCursor(last) : null, hasMore };
}

/** How many there are, of those that the caller may read. */
export function countActions({ store }: Pick<Deps, 'store'>, input: ListActionsInput): number {
  return store.count(input.own.idTag, queryOf({ store }, input).query);
}

function queryOf({ store }: Pick<Deps, 'store'>, input: ListActionsInput) {
  const { own, types, statuses, issuer, audience, subject, actionId, createdAfter } = input;
  const readership = readershipOf(store, own.idTag, input.caller);
  const caller = admitted(store, own.idTag, callerAt(input.caller, null));
  const { owner } = caller;
  const visible = owner ? [...OWNER_STATUSES, 'D' as const] : OTHERS_STATUSES;
  const wanted = statuses ? visible.filter((status) => statuses.includes(status)) : owner ? OWNER_STATUSES : visible;
  const statusOf = (row: Readonly<ActionRow>) => shownStatus(row, caller);
  const shows = (status: ActionStatus | null) => wanted.some((each) => each === status);
  const query: Omit<ActionQuery, 'limit'> = {
    types,
    // What the owner's settings rejected is shown to its issuer as sent; a guest is nobody's issuer.
    statuses: owner || caller.idTag === null ? wanted : [...wanted, 'D'],
    issuer,
    audience,
    parent: input.parentId,
    root: input.rootId,
    subject,
    actionId,
    createdAfter,
    // What a later action replaced is found by its ID only.
    current: actionId === undefined ? true : undefined,
    reader: readership.filter,
    where: owner || caller.idTag === null ? undefined : (row) => row.status !== 'D' || shows(statusOf(row)),
  };
  return { readership, query, statusOf };
}
