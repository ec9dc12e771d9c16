/** Finishes or removes unfinished work of killed commands on identities, when the next owner opens the home. */
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrno } from '../disk/disk-errors.ts';
import { isTemporary, isWrittenByOther, sweepTemporary } from '../disk/sweep-temporary.ts';
import { identityFolders } from './identities.ts';
import { namesIn, settlePendingKeys } from './pending-keys.ts';

/** Called for work that could not be finished. The home opens all the same. */
type Warn = (message: string, fields: Record<string, unknown>) => void;

// The names of newFolderName.
const NEW_FOLDER = /^\.[^.].*\.([1-9]\d{0,9})\.[0-9a-f]{12}$/;

/** Finishes the work. Call it as the owner of the home, before any change. It never throws. */
export async function settleIdentities(directory: string, warn: Warn): Promise<void> {
  try {
    for (const name of await identityFolders(directory)) {
      const folder = join(directory, name);
      for (const place of [folder, join(folder, 'keys')]) await sweepTemporary(place);
      // The caller that needs an unreadable folder reports it.
      await settlePendingKeys(folder).catch((error: unknown) =>
        warn('A key that was being added could be neither finished nor removed', { folder, error: String(error) }),
      );
    }
    for (const name of await namesIn(directory)) await removeNewFolder(directory, name);
  } catch (error) {
    warn('What was interrupted among the identities could not be removed', { directory, error: String(error) });
  }
}

/** Removes the folder of an unfinished identity, when its process has ended and the folder holds nothing else. */
async function removeNewFolder(directory: string, name: string): Promise<void> {
  const pid = NEW_FOLDER.exec(name)?.[1];
  // `init` works without the home's lock.
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
