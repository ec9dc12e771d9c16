/** Lists actions for commands. */
import { ACTION_TYPES, splitType } from '../../protocol/action-types.ts';
import { isContentId } from '../../protocol/content-id.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { parseIdTag } from '../../protocol/id-tag.ts';
import type { ActionStatus } from '../../store/model/events.ts';
import type { ActionQuery } from '../../store/model/rows.ts';
import { actingTenant } from '../runtime/acting-tenant.ts';
import type { Deps } from '../runtime/deps.ts';
import { type ActionSummary, summarise } from './action-summary.ts';
import { findAction } from './find-action.ts';

/** Filters and paging of a list. An action is listed when it meets all conditions that are given. */
export interface ListActionsInput {
  as?: string | undefined;
  /** Types with or without a subtype: `FLLW`, `FLLW:DEL`. */
  types?: string[] | undefined;
  statuses?: string[] | undefined;
  issuer?: string | undefined;
  audience?: string | undefined;
  /** An action ID, or the beginning of the ID of a stored action. */
  parent?: string | undefined;
  /** Unix seconds, exclusive. */
  since?: number | undefined;
  limit: number;
  tokens?: boolean | undefined;
  /** The last action of the previous page. */
  after?: { createdAt: number; actionId: string } | undefined;
}

/** A page of actions, newest first. */
export interface ListActionsResult {
  idTag: string;
  actions: ActionSummary[];
  /** The start of the next page; null on the last page. */
  next: { createdAt: number; actionId: string } | null;
  /** IDs of matching actions whose records are damaged on disk. */
  damaged: string[];
  /** How many damaged records the journal has when `damaged` is empty. They may have held matching actions. */
  lost: number;
}

const STATUSES: readonly ActionStatus[] = ['A', 'C', 'N', 'D', 'R', 'S'];

/**
 * Lists the stored actions of a tenant.
 * @throws CloudilloError `usage.type`, `usage.status`, `usage.id-tag`, `usage.action-id`, `store.no-action`,
 * `home.identity-missing`, `store.io`
 */
export async function listActions(
  { store, identities }: Pick<Deps, 'store' | 'identities'>,
  input: ListActionsInput,
): Promise<ListActionsResult> {
  const { idTag } = await actingTenant(identities, input.as);
  const wanted = (input.types ?? []).map(knownType);
  const query: ActionQuery = {
    types: wanted.length > 0 ? wanted.map(({ type }) => type) : undefined,
    statuses: input.statuses?.map(knownStatus),
    issuer: input.issuer === undefined ? undefined : parseIdTag(input.issuer),
    audience: input.audience === undefined ? undefined : parseIdTag(input.audience),
    parent: input.parent === undefined ? undefined : await wholeId(store, idTag, input.parent),
    createdAfter: input.since,
    where: (row) =>
      wanted.length === 0 ||
      wanted.some(({ type, subtype }) => type === row.type && (subtype === null || subtype === row.subtype)),
    limit: input.limit,
    after: input.after,
  };
  const { actions, next, damaged } = await store.list(idTag, query);
  return {
    idTag,
    actions: actions.map((action) => summarise(action, input.tokens ?? false)),
    next,
    damaged: damaged.map(({ actionId }) => actionId),
    lost: damaged.length > 0 ? 0 : store.recovery.damaged.length,
  };
}

/** A whole ID is used as it is, because a parent need not be stored here. */
async function wholeId(store: Deps['store'], idTag: string, id: string): Promise<string> {
  return isContentId(id, 'a1') ? id : (await findAction(store, idTag, id)).actionId;
}

/** Parses a type with an optional subtype. @throws CloudilloError `usage.type` */
export function knownType(text: string): ReturnType<typeof splitType> {
  const split = splitType(text.toUpperCase());
  if (ACTION_TYPES.includes(split.type)) return split;
  throw new CloudilloError('usage.type', `There is no action type "${text}"`, {
    stage: 'input',
    hint: `The types are ${ACTION_TYPES.join(', ')}`,
  });
}

function knownStatus(text: string): ActionStatus {
  const status = STATUSES.find((known) => known === text.toUpperCase());
  if (status) return status;
  throw new CloudilloError('usage.status', `There is no status "${text}"`, {
    stage: 'input',
    hint: 'A active, C awaiting confirmation, N notification, D deleted or rejected, R draft, S scheduled',
  });
}
