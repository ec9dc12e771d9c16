/** Where a symbolic link leads to, also when nothing is there. */
import { readlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { hasErrno } from '../../store/disk/disk-errors.ts';

/** As many links as Linux follows. */
const MOST_LINKS = 40;
/** What the system shows as a link, and opens without one: the file behind it may have no name any more. */
const DESCRIPTOR = /^(?:\/dev\/fd|\/proc\/(?:self|\d+)\/fd)\/\d+$/;

/** The end of a chain of links. */
export interface LinkTarget {
  /** Absolute. */
  path: string;
  /** It is an open file descriptor: `/dev/stdout`, `/dev/fd/3`. */
  isDescriptor: boolean;
}

/** Follows the links at the end of `path`. @throws what the system says: `ELOOP`, `EACCES`, `ENAMETOOLONG` */
export async function linkTarget(path: string): Promise<LinkTarget> {
  let at = resolve(path);
  for (let links = 0; ; links++) {
    if (DESCRIPTOR.test(at)) return { path: at, isDescriptor: true };
    const next = await readLink(at);
    if (next === null) return { path: at, isDescriptor: false };
    if (links === MOST_LINKS)
      throw Object.assign(new Error(`ELOOP: too many symbolic links, '${path}'`), { code: 'ELOOP' });
    at = resolve(dirname(at), next);
  }
}

/** null: no link, or nothing. */
async function readLink(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch (error) {
    if (hasErrno(error, 'EINVAL', 'ENOENT')) return null;
    throw error;
  }
}
