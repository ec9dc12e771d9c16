/** Compares a peer's view of an action with its signed claims. */
import { isDeepStrictEqual } from 'node:util';
import type { ActionView } from '../../federation/peer/action-api.ts';
import { splitType } from '../../protocol/action-types.ts';
import type { ActionClaims } from '../../protocol/token.ts';

/** A field of a view, with the value shown and the value signed. */
type Expected = [field: string, shown: unknown, signed: unknown];

/**
 * The fields in which a peer's view contradicts the signed claims. A missing field is no contradiction: the network's
 * server omits null values.
 */
export function viewDifferences(view: ActionView, claims: ActionClaims): string[] {
  const { type, subtype } = splitType(claims.t);
  const attachments = Array.isArray(view['attachments'])
    ? view['attachments'].map((each) => (each as { fileId?: unknown } | null)?.fileId)
    : view['attachments'];
  const fields: Expected[] = [
    ['type', view['type'], type],
    ['subType', view['subType'], subtype],
    ['issuer', idTagOf(view['issuer']), claims.iss],
    ['audience', idTagOf(view['audience']), claims.aud],
    ['parentId', view['parentId'], claims.p],
    ['subject', view['subject'], claims.sub],
    ['content', view['content'], claims.c],
    ['attachments', attachments, claims.a],
    ['createdAt', unixSeconds(view['createdAt']), claims.iat],
  ];
  return fields
    .filter(([, shown, signed]) => shown !== undefined && shown !== null && !same(shown, signed))
    .map(([field]) => field);
}

function same(shown: unknown, signed: unknown): boolean {
  if (isDeepStrictEqual(shown, signed)) return true;
  // An empty list means none.
  return Array.isArray(shown) && shown.length === 0 && signed === undefined;
}

function idTagOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (value as { idTag?: unknown }).idTag : value;
}

function unixSeconds(value: unknown): unknown {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? value : Math.floor(time / 1000);
}
