/** Makes durable what an earlier process left in a home. It may have been killed between a rename and the sync after it. */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { diskError, hasErrno } from '../disk/disk-errors.ts';
import { syncDirectory } from '../disk/durable-file.ts';
import type { HomePaths } from './home.ts';

/** How many directories are open at once. A home may have more identities than a process may have files open. */
const TOGETHER = 8;

/**
 * Syncs the directories of a home, so that a power cut undoes no name that is read from now on. A file was synced before it got
 * its name, except in the journal (`recoverJournal`). Blobs are synced when they are asked for, because there are too many.
 * @throws {CloudilloError} `store.io`
 */
export async function syncHome({ root, identities, journal, index, blobs, cache }: HomePaths): Promise<void> {
  const tenants = await foldersIn(identities);
  const keys = await Promise.all(tenants.map(foldersIn));
  const all = [dirname(root), root, identities, journal, index, blobs, cache, ...tenants, ...keys.flat()];
  for (let from = 0; from < all.length; from += TOGETHER) {
    await Promise.all(all.slice(from, from + TOGETHER).map(syncIfOurs));
  }
}

async function foldersIn(directory: string): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (isNotOurs(error)) return [];
    throw diskError(error, 'list the directory', directory);
  }
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(directory, name));
}

async function syncIfOurs(directory: string): Promise<void> {
  try {
    await syncDirectory(directory);
  } catch (error) {
    if (!isNotOurs(error)) throw diskError(error, 'sync the directory', directory);
  }
}

/**
 * Nothing has to be synced there: the directory is missing or unreadable, or its file system takes no writes or has no sync of
 * directories.
 */
function isNotOurs(error: unknown): boolean {
  return hasErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EROFS', 'EINVAL');
}
