/** Which files and blobs a caller may read (specification: Who may read a file). */
import type { Identity } from '../../store/identities/identity-document.ts';
import { STATUSES } from '../../store/model/events.ts';
import type { FileRow } from '../../store/model/rows.ts';
import { asGuestIfBlocked } from '../readers/blocked-as-guest.ts';
import { type Caller, callerAt, GUEST } from '../readers/caller.ts';
import { readershipOf } from '../readers/reader.ts';
import type { Deps } from '../runtime/deps.ts';
import { notHere } from '../runtime/read-errors.ts';
import { isShown } from './file-metadata.ts';

/** A file that a caller may read. */
export interface ReadableFile {
  file: FileRow;
  /** Anybody may read it, so that shared caches may keep it. */
  isPublic: boolean;
}

/**
 * A file may be read by its owner, by those it was shared with, and by those who may read an action that attaches it. A public
 * action or the profile picture makes it public (specification: Who may read a file). Only actions of the file's owner or of the
 * tenant count: naming somebody else's file in a public post must not open it.
 * @throws CloudilloError `read.not-found`, also for a stored file that the caller may not read: whoever has the bytes can compute
 *   the ID, and another answer would reveal that they are stored
 */
export async function readableFile(
  deps: Pick<Deps, 'store'>,
  own: Identity,
  caller: Caller,
  fileId: string,
): Promise<ReadableFile> {
  return (await fileFor(deps, own, caller, fileId)) ?? missing();
}

/**
 * The file through which a caller may read a blob. Type and access of a blob are those of its files.
 * @throws CloudilloError `read.not-found` when it is in none that the caller may read
 */
export async function readableFileOfBlob(
  deps: Pick<Deps, 'store'>,
  own: Identity,
  caller: Caller,
  blobId: string,
): Promise<ReadableFile> {
  for (const { fileId } of deps.store.filesOfBlob(own.idTag, blobId)) {
    const readable = await fileFor(deps, own, caller, fileId);
    if (readable) return readable;
  }
  return missing();
}

function missing(): never {
  throw notHere('Resource not found');
}

/** Reads the index only: reading the disk would take longer for a stored file, which would reveal it. */
async function fileFor(
  { store }: Pick<Deps, 'store'>,
  own: Identity,
  caller: Caller,
  fileId: string,
): Promise<ReadableFile | null> {
  const file = store.file(own.idTag, fileId);
  if (!file) return null;
  const isPublic = isShown(store, own, file) || (await isAttachedFor({ store }, own, GUEST, file));
  const reader = asGuestIfBlocked(store, own.idTag, callerAt(caller, fileId));
  if (isPublic || reader.owner) return { file, isPublic };
  const may = (await isAttachedFor({ store }, own, reader, file)) || isSharedWith({ store }, own.idTag, reader, fileId);
  return may ? { file, isPublic } : null;
}

/** Whether an action attaches the file that the reader may read, by an issuer that may open it. */
async function isAttachedFor(
  { store }: Pick<Deps, 'store'>,
  own: Identity,
  reader: Caller,
  { fileId, owner = own.idTag }: FileRow,
): Promise<boolean> {
  const { filter } = readershipOf(store, own.idTag, reader);
  const statuses = STATUSES.filter((status) => status !== 'D');
  for (const issuer of new Set([own.idTag, owner])) {
    if (await store.has(own.idTag, { attaches: fileId, issuer, statuses, reader: filter })) return true;
  }
  return false;
}

function isSharedWith({ store }: Pick<Deps, 'store'>, tenant: string, { idTag }: Caller, fileId: string): boolean {
  if (idTag === null) return false;
  const shared = {
    types: ['FSHR'],
    subject: fileId,
    issuer: tenant,
    audience: idTag,
    current: true,
    statuses: ['A', 'C'],
  } as const;
  for (const row of store.rows(tenant, shared)) if (row.subtype !== 'DEL') return true;
  return false;
}
