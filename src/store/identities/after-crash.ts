/** What commands that were killed left among the identities of a home is finished or removed when the next owner opens it. */
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrno } from '../disk/disk-errors.ts';
import { isTemporary, isWrittenByOther, sweepTemporary } from '../disk/sweep-temporary.ts';
import { identityFolders } from './identities.ts';
import { namesIn, settlePendingKeys } from './pending-keys.ts';

/** Told what could not be done: the home opens all the same. */
type Warn = (message: string, fields: Record<string, unknown>) => void;

// As newFolderName makes them.
const NEW_FOLDER = /^\.[^.].*\.([1-9]\d{0,9})\.[0-9a-f]{12}$/;

/** Call as the owner of the home, before anything is changed. Never throws. */
export async function settleIdentities(directory: string, warn: Warn): Promise<void> {
  try {
    for (const name of await identityFolders(directory)) {
      const folder = join(directory, name);
      for (const place of [folder, join(folder, 'keys')]) await sweepTemporary(place);
      // One that can't be read is told of by whoever needs it.
      await settlePendingKeys(folder).catch((error: unknown) =>
        warn('A key that was being added could be neither finished nor removed', { folder, error: String(error) }),
      );
    }
    for (const name of await namesIn(directory)) await removeNewFolder(directory, name);
  } catch (error) {
    warn('What was interrupted among the identities could not be removed', { directory, error: String(error) });
  }
}

/** Removes the folder of an identity that was never finished: of a process that is gone, and with nothing else in it. */
async function removeNewFolder(directory: string, name: string): Promise<void> {
  const pid = NEW_FOLDER.exec(name)?.[1];
  // "init" works without the home's lock.
  if (pid === undefined || isWrittenByOther(Number(pid))) return;
  const folder = join(directory, name);
  try {
    if (!(await lstat(folder)).isDirectory()) return;
    const found = await readdir(folder);
    if (!found.every((each) => each === 'identity.json' || each === 'keys' || isTemporary(each))) return;
    const keys = await namesIn(join(folder, 'keys'));
    if (!keys.every((each) => /^[^.].*\.pem$/.test(each) || isTemporary(each))) return;
    await rm(folder, { recursive: true });
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
}
