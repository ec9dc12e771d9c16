/** The view and the row of an action that is announced but never stored (PRES). */
import { splitType } from '../../protocol/action-types.ts';
import type { ActionClaims } from '../../protocol/claims.ts';
import { wireTime } from '../../protocol/envelope.ts';
import type { LiveEvent } from '../../services/runtime/live.ts';
import type { ActionRow } from '../../store/model/rows.ts';

type EphemeralEvent = Extract<LiveEvent, { kind: 'ephemeral' }>;

/** The view of an ephemeral action, as the network sends it: names aren't looked up, absent fields are null. */
export function ephemeralView({ actionId, claims }: EphemeralEvent): Record<string, unknown> {
  const { type, subtype } = splitType(claims.t);
  return {
    actionId,
    tempId: null,
    type,
    subType: subtype,
    parentId: claims.p ?? null,
    issuer: { idTag: claims.iss },
    audience: claims.aud === undefined ? null : { idTag: claims.aud },
    content: claims.c ?? null,
    attachments: claims.a ?? null,
    subject: claims.sub ?? null,
    createdAt: wireTime(new Date(claims.iat * 1000)),
    status: null,
    visibility: claims.v ?? null,
    flags: claims.f ?? null,
    x: null,
  };
}

/** The row that the action would have. It decides who may see the action. */
export function ephemeralRow(
  { actionId, claims }: EphemeralEvent,
  visibility: ActionRow['visibility'],
  now: number,
): ActionRow {
  const { type, subtype } = splitType(claims.t);
  return { ...references(claims), actionId, type, subtype, visibility, ...MOMENT, receivedAt: now };
}

const MOMENT = { status: 'A', direction: 'in', current: true } as const;

function references(claims: ActionClaims) {
  const { iss, aud = null, p = null, sub = null, iat, exp = null } = claims;
  return { issuer: iss, audience: aud, parent: p, subject: sub, createdAt: iat, expiresAt: exp };
}
