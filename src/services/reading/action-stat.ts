/** The counts in the view of an action, and the reader's own answers to it (specification: Views). */
import { wireTime } from '../../protocol/envelope.ts';
import type { ActionRow, StoredAction } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';
import { type Counts, countsOf, isCountedHere } from '../counts/counts.ts';

/** The counts of an action, and what the reader itself said of it. What there is none of is left out. */
export interface ActionStat {
  /** The total, then letter and count of each kind: `3,L2,W1`. */
  reactions?: string;
  commentCount?: number;
  /** ISO 8601, in seconds. */
  lastCommentAt?: string;
  reposts?: number;
  /** The subtype of the reader's own reaction. */
  ownReaction?: string;
  /** The reader's own reposts, by the wall that they are on. */
  ownRepostIds?: Record<string, string>;
}

interface StatDeps {
  store: Pick<Store, 'row' | 'list' | 'count' | 'visit' | 'action' | 'byKey'>;
  /** The tenant whose store is read. */
  own: { idTag: string };
}

/** From so many answers on a view shows the counts that were reported last: they are a minute old at most. */
const MANY = 500;

/** The most STATs that are searched for counts. */
const MAX_STATS = 16;

/**
 * The counts of an action: counted here, or as the instance reported that counts them.
 * @param reader whose own answers are shown; null: nobody's
 */
export async function actionStat(deps: StatDeps, action: StoredAction, reader: string | null): Promise<ActionStat> {
  const { actionId } = action;
  const { r, c, ct, rp } = await countsShown(deps, action);
  return {
    ...(r !== undefined && !/^0*(,|$)/.test(r) && { reactions: r }),
    ...(c !== undefined && c > 0 && { commentCount: c }),
    ...(c !== undefined && c > 0 && ct !== undefined && isTime(ct) && { lastCommentAt: wireTime(new Date(ct * 1000)) }),
    ...(rp !== undefined && rp > 0 && { reposts: rp }),
    ...(reader !== null && (await ownAnswers(deps, actionId, reader))),
  };
}

/** The counts as they are, or as they were reported last. */
async function countsShown(deps: StatDeps, action: StoredAction): Promise<Partial<Counts>> {
  const { store, own } = deps;
  const { actionId } = action;
  if (!isCountedHere(store, own.idTag, actionId)) return reportedCounts(deps, action);
  const isReported = store.byKey(own.idTag, `STAT:${actionId}`, own.idTag) !== null;
  if (isReported && (await hasManyAnswers(deps, actionId))) return reportedCounts(deps, action);
  return countsOf(store, own.idTag, actionId);
}

/** Whether an action has so many answers that counting them for each view would hold up other requests. */
async function hasManyAnswers({ store, own }: StatDeps, actionId: string): Promise<boolean> {
  for (const answers of [{ subject: actionId }, { parent: actionId }]) {
    if ((await store.count(own.idTag, answers, MANY)) === MANY) return true;
  }
  return false;
}

/** Unix seconds that a date can show. */
function isTime(seconds: number): boolean {
  return seconds > 0 && seconds < 253_402_300_800;
}

/**
 * The counts that another instance reported for its action. A field that the last STAT leaves out keeps its earlier
 * value.
 */
async function reportedCounts({ store, own }: StatDeps, action: StoredAction): Promise<Partial<Counts>> {
  const owner = action.audience ?? action.issuer;
  const last = store.byKey(own.idTag, `STAT:${action.actionId}`, owner);
  if (!last) return {};
  const counts: Partial<Counts> = {};
  fillIn(counts, await store.action(own.idTag, last.actionId));
  if (isFull(counts)) return counts;
  const earlier = { types: ['STAT'], issuer: owner, parent: action.actionId, limit: MAX_STATS };
  for (const stat of (await store.list(own.idTag, earlier)).actions) fillIn(counts, stat);
  return counts;
}

/** Takes what is missing from a STAT. */
function fillIn(counts: Partial<Counts>, stat: StoredAction | null): void {
  const { r, c, ct, rp } = (stat?.claims.c ?? {}) as Record<string, unknown>;
  if (typeof r === 'string') counts.r ??= r;
  if (typeof c === 'number') counts.c ??= c;
  if (typeof ct === 'number') counts.ct ??= ct;
  if (typeof rp === 'number') counts.rp ??= rp;
}

function isFull({ r, c, ct, rp }: Partial<Counts>): boolean {
  return [r, c, ct, rp].every((count) => count !== undefined);
}

async function ownAnswers(
  { store, own }: StatDeps,
  subject: string,
  reader: string,
): Promise<Pick<ActionStat, 'ownReaction' | 'ownRepostIds'>> {
  const reaction = store.byKey(own.idTag, `REACT:${subject}:${reader}`, reader);
  const reacted = reaction?.status === 'A' && reaction.subtype !== 'DEL';
  const present = { types: ['REPOST'], statuses: ['A', 'C', 'N'] as const, current: true };
  const found: Pick<ActionRow, 'actionId' | 'audience' | 'createdAt' | 'receivedAt'>[] = [];
  await store.visit(own.idTag, { ...present, subject, issuer: reader }, (row) => {
    const { actionId, audience, createdAt, receivedAt, subtype } = row;
    if (subtype === null) found.push({ actionId, audience, createdAt, receivedAt });
  });
  // Of two on one wall the earlier one is shown.
  found.sort((a, b) => b.createdAt - a.createdAt || b.receivedAt - a.receivedAt);
  const reposts = Object.fromEntries(found.map(({ actionId, audience }) => [audience ?? reader, actionId]));
  return {
    ...(reacted && { ownReaction: reaction.subtype ?? 'LIKE' }),
    ...(found.length > 0 && { ownRepostIds: reposts }),
  };
}
