/** Converts the query of `GET /api/files` to the input of the service. */
import type { Static } from '@sinclair/typebox';
import type { FileFilter } from '../../services/files/list-files.ts';
import type { fileListQuerySchema } from '../schemas/files.ts';
import { unixMs } from './query-time.ts';

/** The parsed query string. */
export type FileListQuery = Static<typeof fileListQuerySchema>;

/** The folder of profile pictures. */
const MANAGED = '__managed__';

/** The filter of a query. Files here have no folder, tag or pin, so that a query for one of those finds nothing. */
export function filterOf(query: FileListQuery): FileFilter {
  const { parentId, rootId, tag, pinned, starred, limit = query._limit, sort, sortDir } = query;
  const isSet = (value: string | undefined) => value !== undefined;
  return {
    nothing:
      isSet(rootId) ||
      isSet(tag) ||
      pinned === 'true' ||
      starred === 'true' ||
      !['__root__', MANAGED, undefined].includes(parentId),
    managed: parentId === undefined ? undefined : parentId === MANAGED,
    fileIds: listOf(query.fileId),
    presets: listOf(query.preset),
    statuses: listOf(query.status),
    fileTypes: listOf(query.fileTp),
    contentTypes: listOf(query.contentType),
    fileName: query.fileName,
    owner: query.ownerIdTag,
    notOwner: query.notOwnerIdTag,
    createdAfter: unixMs(query.createdAfter),
    createdBefore: unixMs(query.createdBefore),
    // Only its creator changes or views a file here: the orders by those times are the order by age.
    sort: sort === undefined ? undefined : sort === 'name' ? 'name' : 'created',
    descending: sortDir === undefined ? undefined : sortDir === 'desc',
    limit: limit === undefined ? undefined : Number(limit),
    cursor: query.cursor,
  };
}

function listOf(value: string | string[] | undefined): string[] | undefined {
  return value === undefined ? undefined : [value].flat().flatMap((each) => each.split(','));
}
