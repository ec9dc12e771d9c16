import { stat } from 'node:fs/promises';
import { diskError, hasErrno } from '../disk/disk-errors.ts';
import { type Change, type Document, openDocument } from '../disk/document.ts';
import { type Access, NO_ACCESS, parseAccess } from './access-document.ts';

interface Opened {
  document: Document<Access>;
  /** Of the file when it was last read; null: there was none. */
  stamp: string | null;
}

/**
 * The `access.json` of the identities. They are asked for with each of the owner's requests, so a file is read again only when
 * it changed: documents are replaced by rename, so inode, size and time tell.
 */
export class AccessFiles {
  readonly #pathOf: (idTag: string) => string;
  readonly #opened = new Map<string, Promise<Opened>>();

  constructor(pathOf: (idTag: string) => string) {
    this.#pathOf = pathOf;
  }

  /** @throws {CloudilloError} `store.document`, `store.io` */
  async read(idTag: string): Promise<Readonly<Access>> {
    const stamp = await stampOf(this.#pathOf(idTag));
    const opened = await this.#open(idTag, stamp);
    if (opened.stamp !== stamp) {
      await opened.document.reload();
      opened.stamp = stamp;
    }
    return opened.document.data;
  }

  /** @throws {CloudilloError} `store.document`, `store.full`, `store.io` */
  async update(idTag: string, change: Change<Access>): Promise<Readonly<Access>> {
    await this.read(idTag);
    const { document } = await this.#open(idTag, null);
    return document.update((draft) => parseAccess(change(draft) ?? draft));
  }

  #open(idTag: string, stamp: string | null): Promise<Opened> {
    const known = this.#opened.get(idTag);
    if (known) return known;
    const opened = openDocument<Access>(this.#pathOf(idTag), { parse: parseAccess, initial: NO_ACCESS }).then(
      (document) => ({ document, stamp }),
    );
    this.#opened.set(idTag, opened);
    // A malformed file may be mended while the server runs: don't keep the failure.
    opened.catch(() => this.#opened.delete(idTag));
    return opened;
  }
}

async function stampOf(path: string): Promise<string | null> {
  try {
    const { ino, size, mtimeMs } = await stat(path);
    return `${ino}:${size}:${mtimeMs}`;
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    throw diskError(error, 'look at the file', path);
  }
}
