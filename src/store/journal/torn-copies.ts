/** Copies of torn tails, which crashes leave beside the segments. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError } from '../disk/disk-errors.ts';
import { removeIfThere, syncDirectory } from '../disk/durable-file.ts';

const NAME = /^\d{6,}\.torn-\d+(-\d+)?$/;
/** The ID stands before the token, so that a token that was cut off has one, too. */
const ID = /"actionId":"(a1~[A-Za-z0-9_-]{43})"/g;

/** Removes the copies that hold an erased action, whole or in part. @throws {CloudilloError} `store.io` */
export async function removeTornCopies(directory: string, isErased: (actionId: string) => boolean): Promise<void> {
  try {
    let isRemoved = false;
    for (const name of await readdir(directory)) {
      if (!NAME.test(name)) continue;
      const path = join(directory, name);
      const text = (await readFile(path)).toString('latin1');
      if (![...text.matchAll(ID)].some(([, actionId = '']) => isErased(actionId))) continue;
      await removeIfThere(path);
      isRemoved = true;
    }
    if (isRemoved) await syncDirectory(directory);
  } catch (error) {
    throw diskError(error, 'remove copies of torn records', directory);
  }
}
