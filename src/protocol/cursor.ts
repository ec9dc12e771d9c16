/** Page cursors of action lists. Clients hand them back unread (specification: Lists of actions). */
import { decodeBase64url, encodeBase64url } from './base64url.ts';
import { isContentId } from './content-id.ts';
import { CloudilloError } from './errors.ts';

/** The position where a page of actions ended. */
export interface Cursor {
  /** The `iat` of the last action, unix seconds. */
  createdAt: number;
  /** The ID of the last action. It orders the actions of one second. */
  actionId: string;
}

const MAX_LENGTH = 512;

/** Writes a cursor: base64url of JSON, with the field names that the network's server uses. */
export function encodeCursor({ createdAt, actionId }: Cursor): string {
  return encodeBase64url(Buffer.from(JSON.stringify({ s: 'created', v: createdAt, id: actionId })));
}

/**
 * Reads a cursor.
 * @throws CloudilloError `usage.cursor` for a text that {@link encodeCursor} can't have written
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
    // Any fault gets the same answer: this server did not write the cursor.
    return null;
  }
}
