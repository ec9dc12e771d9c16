import type { CloudilloError } from '../protocol/errors.ts';
import { usageError } from './output.ts';

/** A file that was named for what is in it can't be read. @returns `usage.file` */
export function unreadable(what: string, error: unknown): CloudilloError {
  const reason =
    (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (error as Error).message;
  return usageError('usage.file', `${what} can't be read: ${reason}`, 'Name a file that this user may read');
}
