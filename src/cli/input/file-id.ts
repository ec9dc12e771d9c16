/** Tells file IDs from paths. */
import { isContentId } from '../../protocol/content-id.ts';
import { usageError } from '../output/output.ts';

/**
 * Whether the text is a file ID. Otherwise it is a path.
 * @throws CloudilloError `usage.content-id` for a text that begins like an ID and isn't one
 */
export function isFileId(value: string): boolean {
  if (isContentId(value, 'f1')) return true;
  if (!value.startsWith('f1~')) return false;
  const hint = `It is f1~ and 43 characters, all of them; see: cloudillo file list. A file of that name is ./${value}`;
  throw usageError('usage.content-id', `"${value}" is not the ID of a file`, hint);
}
