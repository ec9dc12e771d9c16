/** The files of one tenant, with the blobs that they are made of, and the fetches that failed. */
import { parseDescriptor } from '../../protocol/descriptor.ts';
import type { FetchEvent, FileEvent } from '../model/events.ts';
import type { FileFetch, FileListing, FileRow } from '../model/rows.ts';
import { FileOrder } from './file-order.ts';
import type { SectionSink, SectionSource } from './sections.ts';

/** Files by ID, in each order of a listing, and by blob. A fetch is over when its file is added. */
export class FileTable {
  readonly #rows = new Map<string, FileRow>();
  readonly #orders = { created: new FileOrder(({ at }) => at), name: new FileOrder(({ fileName }) => fileName) };
  /** The files whose descriptors can't be read. */
  readonly #unreadable = new Set<string>();
  readonly #blobs = new Map<string, string[]>();
  readonly #fetches = new Map<string, FileFetch>();

  of(fileId: string): FileRow | null {
    const found = this.#rows.get(fileId);
    return found ? { ...found } : null;
  }

  all(): FileRow[] {
    return Array.from(this.#rows.values(), (file) => ({ ...file }));
  }

  rows({ sort, descending, after = null }: FileListing): Iterable<Readonly<FileRow>> {
    return this.#orders[sort].from(this.#rows.values(), after, descending);
  }

  unreadableDescriptors(): string[] {
    return Array.from(this.#unreadable, (fileId) => this.#rows.get(fileId)?.descriptor ?? '');
  }

  ofBlob(blobId: string): FileRow[] {
    return (this.#blobs.get(blobId) ?? []).flatMap((fileId) => this.of(fileId) ?? []);
  }

  fetches(): FileFetch[] {
    return Array.from(this.#fetches.values(), (fetch) => ({ ...fetch }));
  }

  fetch(fileId: string): FileFetch | null {
    const found = this.#fetches.get(fileId);
    return found ? { ...found } : null;
  }

  add(event: FileEvent): void {
    this.#put(fileRow(event));
  }

  noteFetch({ tenant, fileId, from, state, attempts, nextAt, error, at }: FetchEvent): void {
    // The file was stored after the failed attempt began.
    if (this.#rows.has(fileId)) return;
    const before = this.#fetches.get(fileId);
    // An attempt that begins anew counts from its own beginning.
    const firstAt = before && attempts > before.attempts ? before.firstAt : at;
    this.#fetches.set(fileId, { tenant, fileId, from, state, attempts, nextAt: nextAt ?? null, error, firstAt, at });
  }

  remove(fileId: string): void {
    this.#fetches.delete(fileId);
    const row = this.#rows.get(fileId);
    if (!row) return;
    this.#rows.delete(fileId);
    this.#unreadable.delete(fileId);
    for (const order of Object.values(this.#orders)) order.remove(row);
    for (const blobId of blobsOf(row) ?? []) {
      const left = (this.#blobs.get(blobId) ?? []).filter((other) => other !== fileId);
      if (left.length > 0) this.#blobs.set(blobId, left);
      else this.#blobs.delete(blobId);
    }
  }

  dump(name: string, sink: SectionSink): void {
    sink.json(`${name}.files`, [...this.#rows.values()]);
    sink.json(`${name}.fetches`, [...this.#fetches.values()]);
  }

  load(name: string, source: SectionSource): void {
    for (const row of source.json(`${name}.files`) as FileRow[]) this.#put(row);
    for (const row of source.json(`${name}.fetches`) as FileFetch[]) this.#fetches.set(row.fileId, row);
  }

  #put(row: FileRow): void {
    const before = this.#rows.get(row.fileId);
    for (const order of Object.values(this.#orders)) order.put(row, before);
    this.#rows.set(row.fileId, row);
    this.#fetches.delete(row.fileId);
    // The ID is the descriptor's hash: another row of it has the same blobs.
    if (before) return;
    const blobIds = blobsOf(row);
    if (!blobIds) this.#unreadable.add(row.fileId);
    for (const blobId of blobIds ?? []) {
      const files = this.#blobs.get(blobId);
      if (files) files.push(row.fileId);
      else this.#blobs.set(blobId, [row.fileId]);
    }
  }
}

function fileRow({ fileId, descriptor, fileName, contentType, preset, owner, at }: FileEvent): FileRow {
  return {
    fileId,
    descriptor,
    fileName,
    contentType,
    ...(preset !== undefined && { preset }),
    ...(owner !== undefined && { owner }),
    at,
  };
}

/** The blobs of a file; null when the descriptor can't be read. */
function blobsOf({ descriptor }: FileRow): Set<string> | null {
  try {
    return new Set(parseDescriptor(descriptor).variants.map(({ blobId }) => blobId));
  } catch {
    // The reader of the file gets the error. An index that can't be built would make everything unusable.
    return null;
  }
}
