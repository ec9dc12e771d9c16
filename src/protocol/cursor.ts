import { decodeBase64url, encodeBase64url } from './base64url.ts';
import { isContentId } from './content-id.ts';
import { CloudilloError } from './errors.ts';

/** Where a page of actions ended: clients hand it back without looking inside. */
export interface Cursor {
  /** Unix seconds of the last action's `iat`. */
  createdAt: number;
  /** Its ID, which orders those of one second. */
  actionId: string;
}

const MAX_LENGTH = 512;

/** base64url JSON, the fields named as the network's server names them. */
export function encodeCursor({ createdAt, actionId }: Cursor): string {
  return encodeBase64url(Buffer.from(JSON.stringify({ s: 'created', v: createdAt, id: actionId })));
}

/**
 * Reads a cursor back.
 *
 * @throws `usage.cursor` for anything that {@link encodeCursor} can't have written
 */
export function decodeCursor(text: string): Cursor {
  const value = parse(text);
  if (typeof value === 'object' && value !== null && 's' in value && 'v' in value && 'id' in value) {
    const { s, v, id } = value;
    const sound = s === 'created' && typeof v === 'number' && Number.isSafeInteger(v);
    if (sound && typeof id === 'string' && isContentId(id, 'a1')) return { createdAt: v, actionId: id };
  }
  throw new CloudilloError('usage.cursor', 'The cursor is not one that this server gave out', { stage: 'input' });
}

function parse(text: string): unknown {
  if (text.length > MAX_LENGTH) return null;
  try {
    return JSON.parse(decodeBase64url(text).toString());
  } catch {
    // Whatever is wrong with it, the answer is the same: it isn't ours.
    return null;
  }
}
