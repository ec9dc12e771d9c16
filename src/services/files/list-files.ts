/** Lists a tenant's files for the API. */
import type { Identity } from '../../store/identities/identity-document.ts';
import type { FileRow } from '../../store/model/rows.ts';
import type { Deps } from '../runtime/deps.ts';
import { decodeFileCursor, encodeFileCursor } from './file-cursor.ts';
import { type FileMetadata, fileMetadata, isManaged } from './file-metadata.ts';

/** Filters. A file is listed when it meets all conditions that are given. */
export interface FileFilter {
  fileIds?: string[] | undefined;
  presets?: string[] | undefined;
  /** Statuses as views show them: every stored file is a `BLOB` at `A`. */
  statuses?: string[] | undefined;
  fileTypes?: string[] | undefined;
  contentTypes?: string[] | undefined;
  /** A part of the name; case is ignored. */
  fileName?: string | undefined;
  owner?: string | undefined;
  notOwner?: string | undefined;
  /** Unix milliseconds, exclusive. */
  createdAfter?: number | undefined;
  createdBefore?: number | undefined;
  /** Only profile pictures, or none; default: none, unless the filter names files or presets. */
  managed?: boolean | undefined;
  /** A condition that no stored file meets: a folder, a tag, a pin. */
  nothing?: boolean | undefined;
  /** Default: by time, newest first. By name: A first. */
  sort?: 'created' | 'name' | undefined;
  descending?: boolean | undefined;
  /** Default 30, at most 100. */
  limit?: number | undefined;
  cursor?: string | undefined;
}

/** A file with what the caller may do with it. */
export interface ListedFile extends FileMetadata {
  accessLevel: 'admin';
}

/** A page of files. */
export interface FilePage {
  files: ListedFile[];
  nextCursor: string | null;
  hasMore: boolean;
}

const DEFAULT_LIMIT = 30;
const MAX_LIMIT = 100;

/** Lists a page of a tenant's files. For the owner alone. @throws CloudilloError `usage.cursor` */
export function listFiles({ store }: Pick<Deps, 'store'>, own: Identity, filter: FileFilter): FilePage {
  const { sort = 'created', descending = sort === 'created', cursor } = filter;
  const order = { sort, descending };
  const limit = Math.min(filter.limit ?? DEFAULT_LIMIT, MAX_LIMIT);
  const after = cursor === undefined ? null : decodeFileCursor(cursor, order);
  const page: FileRow[] = [];
  let hasMore = false;
  for (const row of store.fileRows(own.idTag, { ...order, after })) {
    if (!fits(own, row, filter)) continue;
    hasMore = page.length === limit;
    if (hasMore) break;
    page.push(row);
  }
  const last = page.at(-1);
  const place = last && { value: sort === 'created' ? last.at : last.fileName, fileId: last.fileId };
  return {
    files: page.map((row) => ({ ...fileMetadata({ store }, own, row), accessLevel: 'admin' })),
    nextCursor: hasMore && place ? encodeFileCursor(place, order) : null,
    hasMore,
  };
}

function fits(own: Identity, row: FileRow, filter: FileFilter): boolean {
  const { fileIds, presets, statuses, fileTypes, contentTypes, createdAfter, createdBefore } = filter;
  const owner = row.owner ?? own.idTag;
  const isOneOf = (values: string[] | undefined, value: string) => values === undefined || values.includes(value);
  return (
    filter.nothing !== true &&
    fitsFolder(row, filter) &&
    isOneOf(fileIds, row.fileId) &&
    isOneOf(presets, row.preset ?? '') &&
    isOneOf(statuses, 'A') &&
    isOneOf(fileTypes, 'BLOB') &&
    (contentTypes === undefined || contentTypes.some((type) => matchesType(type, row.contentType))) &&
    row.fileName.toLowerCase().includes((filter.fileName ?? '').toLowerCase()) &&
    (filter.owner === undefined || filter.owner === owner) &&
    filter.notOwner !== owner &&
    (createdAfter === undefined || row.at > createdAfter) &&
    (createdBefore === undefined || row.at < createdBefore)
  );
}

/** Profile pictures are listed when they are asked for. */
function fitsFolder(row: FileRow, { managed, fileIds, presets }: FileFilter): boolean {
  if (managed === undefined) return !isManaged(row) || fileIds !== undefined || presets !== undefined;
  return managed === isManaged(row);
}

/** Matches one type, or `image/*`, which the network's clients send. */
function matchesType(wanted: string, type: string): boolean {
  return wanted.endsWith('/*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
}
