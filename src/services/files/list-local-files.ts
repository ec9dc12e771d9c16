/** Lists a tenant's files for commands, the missing ones included. */
import type { ErrorCode } from '../../protocol/error-table.ts';
import type { FileRow } from '../../store/model/rows.ts';
import { actingTenant } from '../runtime/acting-tenant.ts';
import type { Deps } from '../runtime/deps.ts';
import { isManaged } from './file-metadata.ts';
import { type LocalFile, localFile } from './local-file.ts';

/** Selects files of a tenant. */
export interface ListLocalFilesInput {
  as?: string | undefined;
  /** A part of the name; case is ignored. */
  name?: string | undefined;
  limit: number;
  /** How many to skip: those of earlier pages. */
  offset?: number | undefined;
}

/** A file that was requested and has not arrived. */
export interface MissingFile {
  idTag: string;
  fileId: string;
  from: string;
  state: 'queued' | 'refused' | 'expired';
  attempts: number;
  /** The next attempt, ISO 8601; null when there is none. */
  nextAt: string | null;
  error: { code: ErrorCode; message: string };
}

/** A page of files, and all missing files. */
export interface LocalFileList {
  idTag: string;
  files: LocalFile[];
  hasMore: boolean;
  missing: MissingFile[];
}

/**
 * Lists the stored files of a tenant, newest first, and the missing ones.
 * @throws CloudilloError `home.identity-missing`, `usage.as`
 */
export async function listLocalFiles(
  { store, identities }: Pick<Deps, 'store' | 'identities'>,
  { as, name = '', limit, offset = 0 }: ListLocalFilesInput,
): Promise<LocalFileList> {
  const { idTag } = await actingTenant(identities, as);
  const wanted = name.toLowerCase();
  const files: LocalFile[] = [];
  let matching = 0;
  for (const row of store.fileRows(idTag, { sort: 'created', descending: true })) {
    if (!row.fileName.toLowerCase().includes(wanted) || isPeersPicture(row)) continue;
    matching += 1;
    if (matching > offset + limit) break;
    if (matching > offset) files.push(localFile(idTag, row));
  }
  const missing = store.fetches(idTag).map(({ fileId, from, state, attempts, nextAt, error }) => ({
    idTag,
    fileId,
    from,
    state,
    attempts,
    nextAt: nextAt === null ? null : new Date(nextAt).toISOString(),
    error: { code: error.code, message: error.message },
  }));
  return { idTag, files, hasMore: matching > offset + limit, missing };
}

/** A peer's profile picture is shown with the peer's profile. */
function isPeersPicture(row: FileRow): boolean {
  return isManaged(row) && row.owner !== undefined;
}
