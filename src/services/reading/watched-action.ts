/** The view of an action for a watch. */
import { splitType } from '../../protocol/action-types.ts';
import { isCanonicalIdTag, parseIdTag } from '../../protocol/id-tag.ts';
import { parseIso } from '../../protocol/iso-time.ts';
import { isJsonObject } from '../../protocol/json-object.ts';
import type { StageEvent } from '../runtime/deps.ts';
import type { ActionSummary } from './action-summary.ts';
import { knownType } from './list-actions.ts';

/** An action that a watch shows, of this home or of a peer. A peer's answers are not verified. Times are ISO 8601. */
export interface WatchedAction extends Omit<ActionSummary, 'status' | 'current' | 'token' | 'receivedAt'> {
  /** Null for an ephemeral action, which is never stored. */
  status: string | null;
  receivedAt: string | null;
}

/** A progress event of a watch. */
export interface WatchEvent extends StageEvent {
  /** The time from which on it listens, unix milliseconds of this clock. */
  now?: number;
  action?: WatchedAction;
}

/** Filters. An action is shown when it meets all conditions that are given. */
export interface WatchFilter {
  types?: string[] | undefined;
  issuer?: string | undefined;
  /** Only actions of peers. */
  incoming?: boolean | undefined;
}

/** Makes a test of the filters. @throws CloudilloError `usage.type`, `usage.id-tag` */
export function watchFilter({ types = [], issuer, incoming = false }: WatchFilter): (action: WatchedAction) => boolean {
  const wanted = types.map(knownType);
  const from = issuer === undefined ? null : parseIdTag(issuer);
  return (action) => {
    if (incoming && action.direction === 'out') return false;
    if (from !== null && action.issuer !== from) return false;
    const { type, subtype } = splitType(action.type);
    return wanted.length === 0 || wanted.some((each) => each.type === type && (each.subtype ?? subtype) === subtype);
  };
}

/** The time of arrival, unix milliseconds. An action that is not stored has just arrived: infinite. */
export function arrivalOf({ receivedAt }: WatchedAction): number {
  return receivedAt === null ? Number.POSITIVE_INFINITY : Date.parse(receivedAt);
}

/** Reads a peer's view of an action. Only the shape is checked. @returns null when it is no such view */
export function watchedView(view: unknown, watched: string): WatchedAction | null {
  if (!isJsonObject(view)) return null;
  const { actionId, type, subType, content, attachments } = view;
  const issuer = partyOf(view['issuer']);
  const createdAt = timeOf(view['createdAt']);
  if (typeof actionId !== 'string' || typeof type !== 'string' || issuer === null || createdAt === null) return null;
  return {
    actionId,
    type: typeof subType === 'string' ? `${type}:${subType}` : type,
    issuer,
    audience: partyOf(view['audience']),
    parent: textOf(view['parentId']),
    subject: textOf(view['subject']),
    status: textOf(view['status']),
    visibility: textOf(view['visibility']),
    createdAt,
    receivedAt: timeOf(view['receivedAt']),
    expiresAt: timeOf(view['expiresAt']),
    direction: issuer === watched ? 'out' : 'in',
    content: content ?? null,
    attachments: Array.isArray(attachments) ? attachments.flatMap(fileIdOf) : [],
    flags: textOf(view['flags']),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** A time of ISO 8601. `Date.parse` takes other forms, too, and any text in brackets behind them. */
function timeOf(value: unknown): string | null {
  return typeof value === 'string' && /^[\dT:.Z+-]+$/.test(value) && !Number.isNaN(parseIso(value)) ? value : null;
}

function partyOf(value: unknown): string | null {
  const idTag = isJsonObject(value) ? value['idTag'] : null;
  return typeof idTag === 'string' && isCanonicalIdTag(idTag) ? idTag : null;
}

function fileIdOf(value: unknown): string[] {
  const fileId = isJsonObject(value) ? value['fileId'] : null;
  return typeof fileId === 'string' ? [fileId] : [];
}
