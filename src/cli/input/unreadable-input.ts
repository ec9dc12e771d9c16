import { CloudilloError } from '../../protocol/errors.ts';
import { whyUnreadable } from '../../store/disk/disk-errors.ts';
import { usageError } from '../output/output.ts';

/** A file that was named for what is in it can't be read. @returns `usage.file`, or the error itself when it is typed */
export function unreadable(what: string, error: unknown): CloudilloError {
  if (error instanceof CloudilloError) return error;
  return usageError(
    'usage.file',
    `${what} can't be read: ${whyUnreadable(error)}`,
    'Name a file that this user may read',
  );
}
