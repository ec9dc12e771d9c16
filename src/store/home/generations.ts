import { randomBytes } from 'node:crypto';
import { readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrno } from '../disk/disk-errors.ts';

const OWNER = /^own\.(\d+)$/;
const PREPARED = /^\.own\.(\d+)\./;
/** Name of the socket in an owner's directory. */
export const SOCKET = 's';
/** Name of the link to the owner's socket. */
export const LINK = 'control.sock';
// A listing isn't a snapshot: one that runs across two changes of owner may miss both. Keeping a few dead generations
// means that a slow starter finds the name that it wants still taken.
const KEPT_GENERATIONS = 4;

/** The directory of the nth owner of a home. */
export function ownerName(n: number): string {
  return `own.${n}`;
}

/** A name for a directory that is being prepared, with the process that does. */
export function preparedName(): string {
  return `.own.${process.pid}.${randomBytes(6).toString('hex')}`;
}

async function generations(root: string): Promise<number[]> {
  return (await readdir(root)).flatMap((name) => {
    const match = OWNER.exec(name);
    return match ? [Number(match[1])] : [];
  });
}

/** The latest generation, by the directories and by the link: a listing alone may miss it. */
export async function highestOwner(root: string): Promise<number> {
  const listed = await generations(root);
  return Math.max(0, await linkedOwner(root), ...listed);
}

async function linkedOwner(root: string): Promise<number> {
  try {
    return Number(/^own\.(\d+)\//.exec(await readlink(join(root, LINK)))?.[1] ?? 0);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'EINVAL')) return 0;
    throw error;
  }
}

/** Makes `control.sock` name the nth owner's socket. */
export async function pointLink(root: string, n: number): Promise<void> {
  const temporary = join(root, `${preparedName()}.link`);
  await symlink(`${ownerName(n)}/${SOCKET}`, temporary);
  await rename(temporary, join(root, LINK));
}

/** Sweeps up dead generations, and what processes that died while preparing left behind. */
export async function clean(root: string, n: number): Promise<void> {
  try {
    for (const name of await readdir(root)) {
      const generation = Number(OWNER.exec(name)?.[1] ?? n);
      const pid = Number(PREPARED.exec(name)?.[1] ?? process.pid);
      const dead = generation <= n - KEPT_GENERATIONS || !isRunning(pid);
      if (dead) await rm(join(root, name), { recursive: true, force: true });
    }
  } catch {
    // A slow starter moved into a directory that is being removed, and will find out. The next owner sweeps again.
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasErrno(error, 'ESRCH');
  }
}
