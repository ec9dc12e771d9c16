/** Page cursors of file lists. */
import { decodeBase64url, encodeBase64url } from '../../protocol/base64url.ts';
import { isContentId } from '../../protocol/content-id.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { FileListing, FileOrderKey } from '../../store/model/rows.ts';

/** The order that a cursor belongs to. */
type FileOrder = Pick<FileListing, 'sort' | 'descending'>;

const MAX_LENGTH = 2048;

/** Writes a cursor: base64url JSON, opaque to clients. */
export function encodeFileCursor({ value, fileId }: FileOrderKey, { sort, descending }: FileOrder): string {
  return encodeBase64url(Buffer.from(JSON.stringify({ s: sort, d: descending, v: value, id: fileId })));
}

/**
 * Reads a cursor.
 * @throws CloudilloError `usage.cursor` for anything that {@link encodeFileCursor} can't have written for this order
 */
export function decodeFileCursor(text: string, order: FileOrder): FileOrderKey {
  const { s, d, v, id } = (parse(text) ?? {}) as Record<string, unknown>;
  const isValue = order.sort === 'created' ? Number.isSafeInteger(v) : typeof v === 'string';
  if (s === order.sort && d === order.descending && isValue && typeof id === 'string' && isContentId(id, 'f1')) {
    return { value: v as number | string, fileId: id };
  }
  throw new CloudilloError('usage.cursor', 'The cursor is not one that this server gave out for this list', {
    stage: 'input',
  });
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
