/** Lists actions for the API. */
import { decodeCursor, encodeCursor } from '../../protocol/cursor.ts';
import type { Visibility } from '../../protocol/visibility.ts';
import type { Identity } from '../../store/identities/identity-document.ts';
import type { ActionStatus } from '../../store/model/events.ts';
import type { ActionQuery, ActionRow } from '../../store/model/rows.ts';
import { turnFor } from '../../store/turns/slices.ts';
import { asGuestIfBlocked } from '../readers/blocked-as-guest.ts';
import { type Caller, callerAt } from '../readers/caller.ts';
import { readershipOf } from '../readers/reader.ts';
import { shownStatus, silencedTypes } from '../readers/shown-status.ts';
import type { Deps } from '../runtime/deps.ts';
import { MAX_PAGE_BYTES } from '../runtime/page-size.ts';
import { type ActionConditions, conditionsOf } from './action-conditions.ts';
import { type ActionView, actionView } from './action-view.ts';

/** Filters and paging. An action is listed when it meets all conditions that are given. */
export interface ListActionsInput extends ActionConditions {
  own: Identity;
  caller: Caller;
  types?: string[] | undefined;
  statuses?: string[] | undefined;
  issuer?: string | undefined;
  parentId?: string | undefined;
  rootId?: string | undefined;
  actionId?: string | undefined;
  visibilities?: Visibility[] | undefined;
  /** Unix seconds, exclusive, as `createdBefore`. */
  createdAfter?: number | undefined;
  createdBefore?: number | undefined;
  oldestFirst?: boolean | undefined;
  /** Default 20. */
  limit?: number | undefined;
  cursor?: string | undefined;
  includeTokens?: boolean | undefined;
  /** Include the subject in every view, not in those of a REPOST alone. */
  includeSubject?: boolean | undefined;
}

/** A page of views. */
export interface ActionPage {
  views: ActionView[];
  nextCursor: string | null;
  hasMore: boolean;
}

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;
/** What the view of an action costs, in rows. */
const VIEW = 60;
/** Deleted actions are listed for the owner alone, and on request. Drafts are shown to the owner alone, too. */
const OWNER_STATUSES: readonly ActionStatus[] = ['A', 'C', 'N', 'R', 'S'];
const OTHERS_STATUSES: readonly ActionStatus[] = ['A', 'C', 'N'];

/**
 * Lists a page of the actions that the caller may read, newest first by default.
 * @throws CloudilloError `usage.cursor`, `store.io`
 */
export async function listActionsView(
  { store, log }: Pick<Deps, 'store' | 'log'>,
  input: ListActionsInput,
): Promise<ActionPage> {
  const { own, limit = DEFAULT_LIMIT, cursor, includeTokens: withToken, includeSubject: withSubject } = input;
  const { readership, query, statusOf } = queryOf({ store }, input);
  const page = await store.list(own.idTag, {
    ...query,
    limit: Math.min(limit, MAX_LIMIT),
    bytes: MAX_PAGE_BYTES,
    ...(cursor !== undefined && { after: decodeCursor(cursor) }),
  });
  for (const { actionId } of page.damaged) log('error', 'a stored action is damaged', { tenant: own.idTag, actionId });
  const views: ActionView[] = [];
  for (const action of page.actions) {
    await turnFor(VIEW);
    const view = await actionView({ store, own, readership }, action, { withToken, withSubject });
    views.push({ ...view, status: statusOf(action) ?? action.status });
  }
  return { views, nextCursor: page.next && encodeCursor(page.next), hasMore: page.next !== null };
}

/** Counts the actions that match and that the caller may read. */
export async function countActions({ store }: Pick<Deps, 'store'>, input: ListActionsInput): Promise<number> {
  return store.count(input.own.idTag, queryOf({ store }, input).query);
}

function queryOf({ store }: Pick<Deps, 'store'>, input: ListActionsInput) {
  const { own, types, statuses, issuer, wall, subjects, actionId, createdAfter } = input;
  const readership = readershipOf(store, own.idTag, input.caller);
  const caller = asGuestIfBlocked(store, own.idTag, callerAt(input.caller, null));
  const { owner } = caller;
  const visible = owner ? [...OWNER_STATUSES, 'D' as const] : OTHERS_STATUSES;
  const wanted = statuses ? visible.filter((status) => statuses.includes(status)) : owner ? OWNER_STATUSES : visible;
  const statusOf = (row: Readonly<ActionRow>) => shownStatus(row, caller);
  const query: Omit<ActionQuery, 'limit'> = {
    types,
    statuses: wanted,
    // An action that the owner's settings rejected is shown to its issuer as accepted. A guest is never an issuer.
    silenced: owner || caller.idTag === null ? undefined : { issuer: caller.idTag, types: silencedTypes(wanted) },
    visibilities: input.visibilities,
    issuer,
    wall,
    parent: input.parentId,
    root: input.rootId,
    subject: subjects?.length === 1 ? subjects[0] : undefined,
    actionId,
    createdAfter,
    createdBefore: input.createdBefore,
    order: input.oldestFirst ? 'oldest' : 'newest',
    // A replaced action is found by its ID only.
    current: actionId === undefined ? true : undefined,
    reader: readership.filter,
    where: conditionsOf(store, own, caller, input),
  };
  return { readership, query, statusOf };
}
