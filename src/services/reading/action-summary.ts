/** The view of an action for commands. */
import { isoTime } from '../../protocol/iso-time.ts';
import type { ActionStatus, Direction } from '../../store/model/events.ts';
import type { StoredAction } from '../../store/model/rows.ts';

/** A stored action as commands print it. Times are ISO 8601. `action-view.ts` makes the view for the API. */
export interface ActionSummary {
  actionId: string;
  /** The type with its subtype: `FLLW:DEL`. */
  type: string;
  issuer: string;
  audience: string | null;
  parent: string | null;
  subject: string | null;
  status: ActionStatus;
  visibility: string | null;
  createdAt: string;
  receivedAt: string;
  expiresAt: string | null;
  direction: Direction;
  /** False when a later action with the same key replaced it. */
  current: boolean;
  content: unknown;
  attachments: string[];
  flags: string | null;
  /** Present when `withToken` was set. */
  token?: string;
}

/** Makes the view of a stored action. */
export function summarise(action: StoredAction, withToken: boolean): ActionSummary {
  const { claims, type, subtype } = action;
  return {
    actionId: action.actionId,
    type: subtype === null ? type : `${type}:${subtype}`,
    issuer: action.issuer,
    audience: action.audience,
    parent: action.parent,
    subject: action.subject,
    status: action.status,
    visibility: action.visibility,
    createdAt: isoTime(action.createdAt),
    receivedAt: new Date(action.receivedAt).toISOString(),
    expiresAt: action.expiresAt === null ? null : isoTime(action.expiresAt),
    direction: action.direction,
    current: action.current,
    content: claims.c ?? null,
    attachments: claims.a ?? [],
    flags: claims.f ?? null,
    ...(withToken && { token: action.token }),
  };
}
