import type { Identity } from '../../store/identities/identity-document.ts';
import type { ActionRow, FileRow } from '../../store/model/rows.ts';
import { asGuestIfBlocked } from '../readers/blocked-as-guest.ts';
import { type Caller, callerAt, GUEST } from '../readers/caller.ts';
import { readershipOf } from '../readers/reader.ts';
import type { Deps } from '../runtime/deps.ts';
import { notForYou, notHere } from '../runtime/read-errors.ts';

/** A file that a caller may read. */
export interface ReadableFile {
  file: FileRow;
  /** Anybody may: caches on the way may keep it. */
  isPublic: boolean;
}

/**
 * A file is read by those who may read an action that attaches it, by those it was shared with, and by its owner; a public
 * action, or the profile's picture, makes it public (specification: Who may read a file). Whose action counts: naming somebody's file in one's
 * own public post must not open it.
 * @throws CloudilloError `read.not-found`, `permission.denied`
 */
export function readableFile(
  { store }: Pick<Deps, 'store'>,
  own: Identity,
  caller: Caller,
  fileId: string,
): ReadableFile {
  const file = store.file(own.idTag, fileId);
  if (!file) throw notHere('Resource not found');
  const attaching = store.attachedBy(own.idTag, fileId).filter(isBySomebodyWhoMay(own, file));
  const isPublic = own.profilePic === fileId || attaching.some(readershipOf(store, own.idTag, GUEST).mayRead);
  const reader = asGuestIfBlocked(store, own.idTag, callerAt(caller, fileId));
  if (isPublic || reader.owner) return { file, isPublic };
  const { mayRead } = readershipOf(store, own.idTag, reader);
  if (attaching.some(mayRead) || isSharedWith({ store }, own.idTag, reader, fileId)) return { file, isPublic };
  throw notForYou();
}

/**
 * The file through which a caller may read a blob: what a blob is, and who may read it, its files tell.
 * @throws CloudilloError `read.not-found`, `permission.denied` when it is in none that the caller may read
 */
export function readableFileOfBlob(
  deps: Pick<Deps, 'store'>,
  own: Identity,
  caller: Caller,
  blobId: string,
): ReadableFile {
  let refusal: unknown = notHere('Resource not found');
  for (const { fileId } of deps.store.filesOfBlob(own.idTag, blobId)) {
    try {
      return readableFile(deps, own, caller, fileId);
    } catch (error) {
      // Another file may hold the same bytes.
      refusal = error;
    }
  }
  throw refusal;
}

function isBySomebodyWhoMay(own: Identity, { owner = own.idTag }: FileRow): (row: ActionRow) => boolean {
  return ({ status, issuer }) => status !== 'D' && (issuer === own.idTag || issuer === owner);
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
