import { splitType } from '../../protocol/action-types.ts';
import { isCanonicalIdTag, parseIdTag } from '../../protocol/id-tag.ts';
import { isJsonObject } from '../../protocol/json-object.ts';
import type { StageEvent } from '../runtime/deps.ts';
import type { ActionSummary } from './action-summary.ts';
import { knownType } from './list-actions.ts';

/** An action as it arrives, here or elsewhere. Nothing of a remote one is verified. Times are ISO 8601. */
export interface WatchedAction extends Omit<ActionSummary, 'status' | 'current' | 'token' | 'receivedAt'> {
  /** Null: passed on, and never stored. */
  status: string | null;
  receivedAt: string | null;
}

/** What a watch tells on its way. */
export interface WatchEvent extends StageEvent {
  /** It is listening from here on, by this clock: unix milliseconds. */
  now?: number;
  action?: WatchedAction;
}

/** Which actions to show; all conditions hold at once. */
export interface WatchFilter {
  types?: string[] | undefined;
  issuer?: string | undefined;
  /** Only what others sent. */
  incoming?: boolean | undefined;
}

/** @throws CloudilloError `usage.type`, `usage.id-tag` */
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

/** When it arrived, unix milliseconds; what isn't stored has just arrived. */
export function arrivalOf({ receivedAt }: WatchedAction): number {
  return receivedAt === null ? Number.POSITIVE_INFINITY : Date.parse(receivedAt);
}

/** The view of a peer, or null when it is none: only shapes are looked at. */
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

function timeOf(value: unknown): string | null {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : null;
}

function partyOf(value: unknown): string | null {
  const idTag = isJsonObject(value) ? value['idTag'] : null;
  return typeof idTag === 'string' && isCanonicalIdTag(idTag) ? idTag : null;
}

function fileIdOf(value: unknown): string[] {
  const fileId = isJsonObject(value) ? value['fileId'] : null;
  return typeof fileId === 'string' ? [fileId] : [];
}
