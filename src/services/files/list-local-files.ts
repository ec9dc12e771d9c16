import type { ErrorCode } from '../../protocol/error-table.ts';
import type { Deps } from '../runtime/deps.ts';
import { ownIdentity } from '../runtime/own-identity.ts';
import { type LocalFile, localFile } from './local-file.ts';

/** Which files of a hosted identity. */
export interface ListLocalFilesInput {
  as?: string | undefined;
  /** A part of the name, in whatever case. */
  name?: string | undefined;
  limit: number;
  /** How many to leave out: those of the pages before. */
  offset?: number | undefined;
}

/** A file that was asked for elsewhere and didn't come (yet). */
export interface MissingFile {
  idTag: string;
  fileId: string;
  from: string;
  state: 'queued' | 'refused' | 'expired';
  attempts: number;
  /** ISO 8601. */
  nextAt: string | null;
  error: { code: ErrorCode; message: string };
}

export interface LocalFileList {
  idTag: string;
  files: LocalFile[];
  hasMore: boolean;
  missing: MissingFile[];
}

/**
 * Files that the store of an identity holds, newest first, and those that it asked for in vain.
 * @throws CloudilloError `home.identity-missing`, `usage.as`
 */
export async function listLocalFiles(
  { store, identities }: Pick<Deps, 'store' | 'identities'>,
  { as, name = '', limit, offset = 0 }: ListLocalFilesInput,
): Promise<LocalFileList> {
  const { idTag } = await ownIdentity(identities, as);
  const wanted = name.toLowerCase();
  const rows = store
    .files(idTag)
    .filter(({ fileName }) => fileName.toLowerCase().includes(wanted))
    .sort((a, b) => b.at - a.at || (a.fileId < b.fileId ? 1 : -1));
  const missing = store.fetches(idTag).map(({ fileId, from, state, attempts, nextAt, error }) => ({
    idTag,
    fileId,
    from,
    state,
    attempts,
    nextAt: nextAt === null ? null : new Date(nextAt).toISOString(),
    error: { code: error.code, message: error.message },
  }));
  const files = rows.slice(offset, offset + limit).map((row) => localFile(idTag, row));
  return { idTag, files, hasMore: rows.length > offset + limit, missing };
}
