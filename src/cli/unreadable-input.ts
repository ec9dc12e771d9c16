import { CloudilloError } from '../protocol/errors.ts';
import { usageError } from './output.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a directory',
  EACCES: 'this user may not read it',
};

/** A file that was named for what is in it can't be read. @returns `usage.file`, or the error itself when it is typed */
export function unreadable(what: string, error: unknown): CloudilloError {
  if (error instanceof CloudilloError) return error;
  return usageError(
    'usage.file',
    `${what} can't be read: ${whyUnreadable(error)}`,
    'Name a file that this user may read',
  );
}

/** A failed read in words. */
export function whyUnreadable(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? message;
}
