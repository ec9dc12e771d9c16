/** The directories of a home's owners: one for each generation, `own.<n>`, and one for each owner that is being prepared. */
import { randomBytes } from 'node:crypto';
import { lstat, readdir, readlink, rename, rmdir, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrno } from '../disk/disk-errors.ts';
import { isRunning } from '../disk/sweep-temporary.ts';

// Twelve digits keep the numbers exact. No home has had that many owners.
const OWNER = /^own\.([1-9]\d{0,11})$/;
const PREPARED = /^\.own\.([1-9]\d{0,9})\.[0-9a-f]{12}(?:\.\d{1,3}|\.link)?$/;
/** Only the link that {@link pointLink} prepares is a symbolic one. */
const PREPARED_LINK = /\.link$/;
const LAST_GENERATION = 999_999_999_999;
/** The name of the socket in an owner's directory. */
export const SOCKET = 's';
/** The name of the link to the owner's socket. */
export const LINK = 'control.sock';
// A listing isn't a snapshot: one that spans two changes of owner may miss both. Because a few old generations are kept, a slow
// process finds the name that it wants still taken.
const KEPT_GENERATIONS = 4;

/** The name of the directory of the nth owner. */
export function ownerName(n: number): string {
  return `own.${n}`;
}

/** A name for a directory that is being prepared. It contains the number of this process. */
export function preparedName(): string {
  return `.own.${process.pid}.${randomBytes(6).toString('hex')}`;
}

async function generations(root: string): Promise<number[]> {
  return (await readdir(root)).flatMap((name) => {
    const match = OWNER.exec(name);
    return match ? [Number(match[1])] : [];
  });
}

/** The latest generation, from the directories and from the link. A listing alone may miss it. */
export async function highestOwner(root: string): Promise<number> {
  const listed = await generations(root);
  return Math.max(0, await linkedOwner(root), ...listed);
}

async function linkedOwner(root: string): Promise<number> {
  try {
    const [owner = ''] = (await readlink(join(root, LINK))).split('/', 1);
    return Number(OWNER.exec(owner)?.[1] ?? 0);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'EINVAL')) return 0;
    throw error;
  }
}

/** Points `control.sock` at the nth owner's socket. */
export async function pointLink(root: string, n: number): Promise<void> {
  const temporary = join(root, `${preparedName()}.link`);
  await symlink(`${ownerName(n)}/${SOCKET}`, temporary);
  await rename(temporary, join(root, LINK));
}

/**
 * Removes old generations, and directories of processes that ended while they prepared one. It removes only what this program
 * made: by the exact name, and a directory only when it holds at most a socket.
 * @returns names that look like this program's and were left alone, sorted
 */
export async function clean(root: string, n: number): Promise<string[]> {
  const left: string[] = [];
  for (const name of (await readdir(root)).sort()) {
    if (!/^\.?own\./.test(name)) continue;
    const generation = OWNER.exec(name)?.[1];
    const pid = PREPARED.exec(name)?.[1];
    if (generation === undefined && pid === undefined) left.push(name);
    else if (generation !== undefined ? Number(generation) <= n - KEPT_GENERATIONS : !isRunning(Number(pid))) {
      if (!(await removeOwned(join(root, name)))) left.push(name);
    }
  }
  return left;
}

/** Whether there is a number after this one. */
export function hasNext(n: number): boolean {
  return n < LAST_GENERATION;
}

/** Removes a link, or a directory that holds at most a socket. @returns false when it isn't this program's, and is still there */
async function removeOwned(path: string): Promise<boolean> {
  try {
    if ((await lstat(path)).isSymbolicLink()) {
      if (!PREPARED_LINK.test(path)) return false;
      await unlink(path);
    } else {
      const socket = join(path, SOCKET);
      const names = await readdir(path);
      if (names.some((name) => name !== SOCKET)) return false;
      if (names.length > 0) {
        if (!(await lstat(socket)).isSocket()) return false;
        await unlink(socket);
      }
      await rmdir(path);
    }
    return true;
  } catch (error) {
    // Another sweep was faster, or a slow process moved into the directory and will notice. The next owner sweeps again.
    return hasErrno(error, 'ENOENT', 'ENOTEMPTY');
  }
}
