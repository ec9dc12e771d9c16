/** The `access.json` of all identities. */
import { stat } from 'node:fs/promises';
import { diskError, hasErrno } from '../disk/disk-errors.ts';
import { type Change, type Document, openDocument } from '../disk/document.ts';
import { type Access, NO_ACCESS, parseAccess } from './access-document.ts';

interface Opened {
  document: Document<Access>;
  /** The stamp of the file when it was last read; null: there was none. */
  stamp: string | null;
}

/**
 * The `access.json` of the identities. Each of the owner's requests needs one, so a file is read again only when it has changed.
 * Documents are replaced by rename, so inode, size and time show a change.
 */
export class AccessFiles {
  readonly #pathOf: (idTag: string) => string;
  readonly #opened = new Map<string, Promise<Opened>>();

  constructor(pathOf: (idTag: string) => string) {
    this.#pathOf = pathOf;
  }

  /** Reads the access of an identity. @throws {CloudilloError} `store.document`, `store.io` */
  async read(idTag: string): Promise<Readonly<Access>> {
    const stamp = await stampOf(this.#pathOf(idTag));
    const opened = await this.#open(idTag, stamp);
    if (opened.stamp !== stamp) {
      await opened.document.reload();
      opened.stamp = stamp;
    }
    return opened.document.data;
  }

  /** Changes the access of an identity. @throws {CloudilloError} `store.document`, `store.full`, `store.io` */
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
    // A malformed file may be repaired while the server runs, so the failure isn't kept.
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
    throw diskError(error, 'read the attributes of the file', path);
  }
}
