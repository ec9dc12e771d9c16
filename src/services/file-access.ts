import { parseDescriptor } from '../protocol/descriptor.ts';
import type { Identity } from '../store/identity-document.ts';
import type { FileRow } from '../store/rows.ts';
import { type Caller, GUEST } from './caller.ts';
import type { Deps } from './deps.ts';
import { notForYou, notHere } from './read-errors.ts';
import { readershipOf } from './reader.ts';

/** A file that a caller may read. */
export interface ReadableFile {
  file: FileRow;
  /** Anybody may: caches on the way may keep it. */
  isPublic: boolean;
}

/**
 * A file is read by those who may read an action that attaches it, by those it was shared with, and by its owner; a public
 * action, or the profile's picture, makes it public (PROTOCOL.md, Files).
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
  const attaching = store.attachedBy(own.idTag, fileId).filter(({ status }) => status !== 'D');
  const isPublic = own.profilePic === fileId || attaching.some(readershipOf(store, own.idTag, GUEST).mayRead);
  if (isPublic || caller.owner) return { file, isPublic };
  if (caller.scope?.fileId === fileId) return { file, isPublic };
  const { mayRead } = readershipOf(store, own.idTag, caller);
  if (attaching.some(mayRead) || isSharedWith({ store }, own.idTag, caller, fileId)) return { file, isPublic };
  throw notForYou();
}

/** The file that holds a blob: what a blob is, and who may read it, is told by its file. */
export function fileOfBlob({ store }: Pick<Deps, 'store'>, tenant: string, blobId: string): FileRow | null {
  const candidates = store.files(tenant).filter(({ descriptor }) => descriptor.includes(blobId));
  return (
    candidates.find(({ descriptor }) => parseDescriptor(descriptor).variants.some((each) => each.blobId === blobId)) ??
    null
  );
}

function isSharedWith(
  { store }: Pick<Deps, 'store'>,
  tenant: string,
  { idTag, scope }: Caller,
  fileId: string,
): boolean {
  if (idTag === null || scope) return false;
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
