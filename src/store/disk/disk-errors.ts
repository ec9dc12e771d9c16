/** Errors of system calls on files. */
import { CloudilloError } from '../../protocol/errors.ts';
import { shellWord } from '../../protocol/shell-word.ts';

/** Whether an error has one of these errnos (`ENOENT`, `EEXIST`, …). */
export function hasErrno(error: unknown, ...codes: string[]): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && codes.includes(code);
}

// EFBIG is the answer to a file size limit (ulimit -f). For the user that is a full disk, and just as temporary.
const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** Whether there was no room for a write. */
export function isFull(error: unknown): boolean {
  return hasErrno(error, ...FULL);
}

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a directory',
  EACCES: 'this user may not read it',
};

/** A failed read in words. */
export function whyUnreadable(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return UNREADABLE[code] ?? message;
}

/** The disk isn't broken: this user has no right to write there, or the file system is read-only. */
const NOT_OURS = ['EACCES', 'EPERM', 'ENOTDIR'];

/**
 * The store's error for a failed system call: `store.full` without room, `store.read-only`, `store.descriptors`, else `store.io`. All are retryable: the same
 * call may succeed later.
 * @param what the attempted action, as it continues "Couldn't …"
 */
export function diskError(cause: unknown, what: string, path: string): CloudilloError {
  if (cause instanceof CloudilloError) return cause;
  if (isFull(cause)) {
    return new CloudilloError('store.full', `Couldn't ${what}: no room left for ${path}`, {
      stage: 'store',
      hint: `Free space on the file system that holds ${path} (df -h shows it), then try again.`,
      cause,
      details: { path },
    });
  }
  if (hasErrno(cause, 'EMFILE', 'ENFILE')) {
    const message = `Couldn't ${what}: this process may open no more files (${path})`;
    return new CloudilloError('store.descriptors', message, { stage: 'store', cause, details: { path } });
  }
  if (hasErrno(cause, 'EROFS')) {
    return new CloudilloError('store.read-only', `Couldn't ${what}: ${path} is on a read-only disk`, {
      stage: 'store',
      hint: `Make it writable (findmnt -T ${shellWord(path)} shows how it is mounted), or name a place on another disk.`,
      cause,
      details: { path },
    });
  }
  return new CloudilloError('store.io', `Couldn't ${what}: ${path}`, {
    stage: 'store',
    hint: hasErrno(cause, ...NOT_OURS)
      ? 'Name a directory that this user may write to, or have this one opened.'
      : 'Look at the cause, and at the system log for disk errors.',
    cause,
    details: { path },
  });
}
