import { ACTION_TYPES, splitType } from '../../protocol/action-types.ts';
import { isContentId } from '../../protocol/content-id.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { parseIdTag } from '../../protocol/id-tag.ts';
import type { ActionStatus } from '../../store/model/events.ts';
import type { ActionQuery } from '../../store/model/rows.ts';
import type { Deps } from '../runtime/deps.ts';
import { ownIdentity } from '../runtime/own-identity.ts';
import { type ActionSummary, summarise } from './action-summary.ts';
import { findAction } from './find-action.ts';

/** Which actions to list; all given conditions hold at once. */
export interface ListActionsInput {
  as?: string | undefined;
  /** `FLLW`, or with a subtype `FLLW:DEL`. */
  types?: string[] | undefined;
  statuses?: string[] | undefined;
  issuer?: string | undefined;
  audience?: string | undefined;
  /** An action ID, or the beginning of one that is here. */
  parent?: string | undefined;
  /** Unix seconds, exclusive. */
  since?: number | undefined;
  limit: number;
  tokens?: boolean | undefined;
  /** The last action of the page before. */
  after?: { createdAt: number; actionId: string } | undefined;
}

/** A page, newest first. */
export interface ListActionsResult {
  idTag: string;
  actions: ActionSummary[];
  /** Where the next page begins; null: this was the last one. */
  next: { createdAt: number; actionId: string } | null;
  /** IDs that belong here but whose record is damaged on disk. */
  damaged: string[];
  /** Damaged records of the journal when none of them is named here: they may have held what belongs here. */
  lost: number;
}

const STATUSES: readonly ActionStatus[] = ['A', 'C', 'N', 'D', 'R', 'S'];

/**
 * Lists what the store of an identity holds.
 * @throws CloudilloError `usage.type`, `usage.status`, `usage.id-tag`, `usage.action-id`, `store.no-action`,
 * `home.identity-missing`, `store.io`
 */
export async function listActions(
  { store, identities }: Pick<Deps, 'store' | 'identities'>,
  input: ListActionsInput,
): Promise<ListActionsResult> {
  const { idTag } = await ownIdentity(identities, input.as);
  const wanted = (input.types ?? []).map(knownType);
  const query: ActionQuery = {
    types: wanted.length > 0 ? wanted.map(({ type }) => type) : undefined,
    statuses: input.statuses?.map(knownStatus),
    issuer: input.issuer === undefined ? undefined : parseIdTag(input.issuer),
    audience: input.audience === undefined ? undefined : parseIdTag(input.audience),
    parent: input.parent === undefined ? undefined : wholeId(store, idTag, input.parent),
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

/** What was answered needn't be here, so that a whole ID stands for itself. */
function wholeId(store: Deps['store'], idTag: string, id: string): string {
  return isContentId(id, 'a1') ? id : findAction(store, idTag, id).actionId;
}

/** @throws CloudilloError `usage.type` */
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
