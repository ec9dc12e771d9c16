/** Sets damaged caches aside: they are renamed, and new ones are made. Use it only for data that can be made again. */
import { constants } from 'node:fs';
import { access, readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hasErrno } from './disk-errors.ts';
import { makeDirectory, syncDirectory } from './durable-file.ts';

/** Called with the fault, and the present path of the damaged file. */
export type WarnDamage = (message: string, fields: Record<string, unknown>) => void;

/** How many damaged files of each cache are kept, the newest ones. */
const KEPT = 3;
const SUFFIX = /^\.damaged-(\d{1,15})$/;

/**
 * Renames a damaged cache to `<name>.damaged-<unix milliseconds>`, and removes the oldest ones beyond three. A rename that fails
 * is part of the warning: the caller goes on without the cache.
 * @param reason the fault, as a sentence without its end
 * @param name the name that the renamed files share; default: its own
 * @returns the new path; null when it was not renamed
 */
export async function setAside(
  path: string,
  reason: string,
  warn: WarnDamage,
  name = basename(path),
): Promise<string | null> {
  let keptAt: string | null = null;
  let stays: unknown;
  try {
    keptAt = await freeName(dirname(path), name);
    await rename(path, keptAt);
    await syncDirectory(dirname(path));
    await removeOldest(dirname(path), name);
  } catch (error) {
    stays = error;
  }
  const fields = { path, reason, ...(keptAt !== null && { keptAt }) };
  if (stays === undefined) warn('A damaged cache was set aside', fields);
  else warn('A damaged cache could not be set aside', { ...fields, error: String(stays) });
  return stays === undefined ? keptAt : null;
}

/**
 * Makes the directory of a cache usable. An unreadable one, or a file in its place, is set aside. It never throws: without a
 * directory there is no cache, and the warning says so.
 */
export async function openCacheDirectory(path: string, warn: WarnDamage): Promise<void> {
  const problem = await directoryProblem(path);
  if (problem !== null) await setAside(path, problem, warn);
  try {
    await makeDirectory(path);
  } catch (error) {
    warn('There is no room for a cache', { path, error: String(error) });
  }
}

async function directoryProblem(path: string): Promise<string | null> {
  try {
    if (!(await stat(path)).isDirectory()) return 'it is not a directory';
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    // Nothing can be renamed on a read-only file system, and the content can still be read.
    return hasErrno(error, 'ENOENT', 'EROFS') ? null : String(error);
  }
}

async function freeName(directory: string, base: string): Promise<string> {
  const taken = new Set(await readdir(directory));
  for (let time = Date.now(); ; time += 1) {
    const name = `${base}.damaged-${time}`;
    if (!taken.has(name)) return join(directory, name);
  }
}

/** A directory stays: this program didn't make its content. */
async function removeOldest(directory: string, name: string): Promise<void> {
  const times = (await readdir(directory))
    .flatMap((other) => (other.startsWith(name) ? (SUFFIX.exec(other.slice(name.length))?.[1] ?? []) : []))
    .map(Number)
    .sort((a, b) => b - a);
  for (const time of times.slice(KEPT)) {
    const old = join(directory, `${name}.damaged-${time}`);
    if ((await stat(old)).isFile()) await unlink(old);
  }
}
