/** Blobs as files of the home. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, readdir, rm, stat, unlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { contentHash, isContentId } from '../../protocol/content-id.ts';
import { diskError, hasErrno } from '../disk/disk-errors.ts';
import { DIRECTORY_MODE, FILE_MODE, syncDirectory, temporaryPath } from '../disk/durable-file.ts';
import { type Fence, UNSHARED } from '../home/fence.ts';
import type { Blobs, ByteRange, WriteBlobOptions } from '../model/store-interface.ts';
import { assertExpected, blobSource } from './blob-source.ts';
import { verifiedStream } from './verified-stream.ts';

/** Blobs as files: `<directory>/<first two characters of the hash>/<ID>`. */
export class FileBlobs implements Blobs {
  readonly #directory: string;
  readonly #fence: Fence;
  /** The last change of each name. A change waits for the one before, so that none comes between a check and its action. */
  readonly #changes = new Map<string, Promise<unknown>>();

  /** Directories whose names are durable, those of earlier processes included. This process syncs its own names. */
  readonly #synced = new Map<string, Promise<void>>();

  /** @param fence checked before each change */
  constructor(directory: string, fence: Fence = UNSHARED) {
    this.#directory = directory;
    this.#fence = fence;
  }

  async write(
    source: Uint8Array | AsyncIterable<Uint8Array>,
    options: WriteBlobOptions = {},
  ): Promise<{ id: string; size: number }> {
    this.#fence.assertHeld();
    const temporary = temporaryPath(join(this.#directory, 'blob'));
    const hash = contentHash('b1');
    let size = 0;
    try {
      const file = await this.#create(temporary);
      try {
        for await (const chunk of blobSource(source, options)) {
          hash.update(chunk);
          size += chunk.length;
          await file.writeFile(chunk).catch((error) => {
            throw diskError(error, 'store a blob', this.#directory);
          });
        }
        await file.datasync().catch((error) => {
          throw diskError(error, 'store a blob', this.#directory);
        });
      } finally {
        await file.close();
      }
      const id = hash.id();
      assertExpected(id, options);
      if (options.confirm && !(await options.confirm(() => createReadStream(temporary)))) return { id, size };
      await this.#alone(id, () => this.#place(temporary, id));
      return { id, size };
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async read(id: string, range?: ByteRange): Promise<Readable | null> {
    const path = this.#path(id);
    const size = await this.size(id);
    if (path === null || size === null) return null;
    const { start = 0, end = size - 1 } = range ?? {};
    const whole = start <= 0 && end >= size - 1;
    const handle = await open(path, 'r').catch((error) => {
      throw diskError(error, 'read a blob', path);
    });
    if (!whole) return createReadStream(path, { fd: handle, start, end });
    return verifiedStream(id, createReadStream(path, { fd: handle }));
  }

  async size(id: string): Promise<number | null> {
    const path = this.#path(id);
    if (path === null) return null;
    try {
      return (await stat(path)).size;
    } catch (error) {
      if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return null;
      throw diskError(error, 'read the size of a blob', path);
    }
  }

  async has(id: string): Promise<boolean> {
    return (await this.size(id)) !== null;
  }

  async *ids(from = ''): AsyncIterable<string> {
    for (const folder of (await namesIn(this.#directory)).sort()) {
      if (folder.length !== 2 || folder < from) continue;
      for (const name of await namesIn(join(this.#directory, folder))) if (isContentId(name, 'b1')) yield name;
    }
  }

  async remove(id: string): Promise<boolean> {
    return (await this.removeOlder(id, Number.POSITIVE_INFINITY)) !== null;
  }

  async touch(id: string): Promise<boolean> {
    this.#fence.assertHeld();
    const path = this.#path(id);
    if (path === null) return false;
    return this.#alone(id, async () => {
      try {
        await renew(path);
        // The caller goes on as if the blob had been written now.
        await this.#syncOnce(dirname(path));
        return true;
      } catch (error) {
        if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return false;
        throw diskError(error, 'keep a blob', path);
      }
    });
  }

  async removeOlder(id: string, before: number, { dryRun = false } = {}): Promise<number | null> {
    if (!dryRun) this.#fence.assertHeld();
    const path = this.#path(id);
    if (path === null) return null;
    return this.#alone(id, async () => {
      try {
        const { mtimeMs, size } = await stat(path);
        if (mtimeMs >= before) return null;
        if (!dryRun) await unlink(path);
        return size;
      } catch (error) {
        if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return null;
        throw diskError(error, 'remove a blob', path);
      }
    });
  }

  async #alone<T>(id: string, change: () => Promise<T>): Promise<T> {
    const before = this.#changes.get(id) ?? Promise.resolve();
    const run = before.then(change, change);
    this.#changes.set(id, run);
    try {
      return await run;
    } finally {
      if (this.#changes.get(id) === run) this.#changes.delete(id);
    }
  }

  /** Syncs, once, the names that an earlier process may have left. */
  async #syncOnce(directory: string): Promise<void> {
    const syncing = this.#synced.get(directory) ?? syncDirectory(directory);
    this.#synced.set(directory, syncing);
    try {
      await syncing;
    } catch (error) {
      this.#synced.delete(directory);
      throw error;
    }
  }

  /** The path of a blob; null for a text that isn't an ID, because it must not become a path. */
  #path(id: string): string | null {
    return isContentId(id, 'b1') ? join(this.#directory, id.slice(3, 5), id) : null;
  }

  async #create(path: string): ReturnType<typeof open> {
    try {
      return await open(path, 'wx', FILE_MODE);
    } catch (error) {
      throw diskError(error, 'store a blob', path);
    }
  }

  async #place(temporary: string, id: string): Promise<void> {
    const path = this.#path(id) as string;
    try {
      const made = await mkdir(dirname(path), { recursive: true, mode: DIRECTORY_MODE });
      if (made !== undefined) this.#synced.delete(this.#directory);
      await this.#syncOnce(this.#directory);
      await link(temporary, path);
    } catch (error) {
      // A file with this name exists. It is read before it is trusted: a damaged file would stay for ever.
      if (!hasErrno(error, 'EEXIST')) throw diskError(error, 'store a blob', path);
      await this.#replaceIfDamaged(temporary, path, id);
    }
    await syncDirectory(dirname(path));
  }

  async #replaceIfDamaged(temporary: string, path: string, id: string): Promise<void> {
    const hash = createHash('sha256');
    try {
      for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
      if (`b1~${hash.digest('base64url')}` === id) return await renew(path);
      await unlink(path);
      await link(temporary, path);
    } catch (error) {
      throw diskError(error, 'store a blob', path);
    }
  }
}

/** Renews the time of a blob: blobs that no file names are swept by age. */
async function renew(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now);
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw diskError(error, 'list the blobs', directory);
  }
}
