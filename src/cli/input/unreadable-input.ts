/** The error for an unreadable input file. */
import { CloudilloError } from '../../protocol/errors.ts';
import { whyUnreadable } from '../../store/disk/disk-errors.ts';
import { usageError } from '../output/output.ts';

/** The error for a file that can't be read. @returns `usage.file`, or the error itself when it is a CloudilloError */
export function unreadable(what: string, error: unknown): CloudilloError {
  if (error instanceof CloudilloError) return error;
  return usageError(
    'usage.file',
    `${what} can't be read: ${whyUnreadable(error)}`,
    'Name a file that this user may read',
  );
}
