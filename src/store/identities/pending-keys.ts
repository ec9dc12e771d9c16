/**
 * Private keys that are being added. Such a key has the name `keys/.<keyId>.pending` until the identity names it. After a crash
 * the identity decides: if it names the key, the file gets its final name; otherwise the key was never added.
 */
import { link, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError, hasErrno } from '../disk/disk-errors.ts';
import { DurableAdapter } from '../disk/durable-adapter.ts';
import { removeIfThere, syncDirectory } from '../disk/durable-file.ts';
import { parseIdentity } from './identity-document.ts';
import { keyFileExists, keyFilePath } from './key-files.ts';

const PENDING = /^\.([A-Za-z0-9][A-Za-z0-9_-]{0,63})\.pending$/;

/** The path of a pending key. @param keys the identity's `keys/` @throws {CloudilloError} `key.id` */
export function pendingKeyPath(keys: string, keyId: string): string {
  keyFilePath(keys, keyId);
  return join(keys, `.${keyId}.pending`);
}

/**
 * Gives a pending key its final name. It never replaces a file. @throws {CloudilloError} `store.full`, `store.io`, `key.exists`
 */
export async function placePendingKey(keys: string, keyId: string): Promise<void> {
  const pending = pendingKeyPath(keys, keyId);
  const path = keyFilePath(keys, keyId);
  try {
    await link(pending, path);
  } catch (error) {
    if (!hasErrno(error, 'EEXIST')) throw diskError(error, 'write the file', path);
    // It was linked before, and then interrupted. Any other content is another key.
    if (!(await readFile(pending)).equals(await readFile(path))) throw keyFileExists(path);
  }
  await removeIfThere(pending);
  await syncDirectory(keys);
}

/**
 * Finishes or undoes interrupted work in an identity's folder.
 * @throws {CloudilloError} `store.document`, `store.full`, `store.io`, `key.exists`
 */
export async function settlePendingKeys(folder: string): Promise<void> {
  const keys = join(folder, 'keys');
  const pending = (await namesIn(keys)).flatMap((name) => PENDING.exec(name)?.[1] ?? []);
  if (pending.length === 0) return;
  const identity = await new DurableAdapter(join(folder, 'identity.json'), parseIdentity).read();
  if (!identity) return;
  const isNamed = (keyId: string) => identity.keys.some((key) => key.keyId === keyId);
  for (const keyId of pending) if (!isNamed(keyId)) await removeIfThere(pendingKeyPath(keys, keyId));
  for (const keyId of pending) if (isNamed(keyId)) await placePendingKey(keys, keyId);
}

/** The names in a directory; none when it doesn't exist. @throws {CloudilloError} `store.io` */
export async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw diskError(error, 'list the files', directory);
  }
}
