import type { Static } from '@sinclair/typebox';
import type { FileFilter } from '../../services/files/list-files.ts';
import type { fileListQuerySchema } from '../schemas/files.ts';
import { unixMs } from './query-time.ts';

export type FileListQuery = Static<typeof fileListQuerySchema>;

/**
 * What a client of the network asks for, in the terms of what there is here: files have no folder, no tag and no pin, so who
 * asks for those with one gets none.
 */
export function filterOf(query: FileListQuery): FileFilter {
  const { parentId, rootId, tag, pinned, starred, limit = query._limit, sort, sortDir } = query;
  const isSet = (value: string | undefined) => value !== undefined;
  return {
    nothing:
      isSet(rootId) ||
      isSet(tag) ||
      pinned === 'true' ||
      starred === 'true' ||
      !['__root__', undefined].includes(parentId),
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
    // Nothing here is changed or looked at by anybody else than who made it: the orders by that are the one by age.
    sort: sort === undefined ? undefined : sort === 'name' ? 'name' : 'created',
    descending: sortDir === undefined ? undefined : sortDir === 'desc',
    limit: limit === undefined ? undefined : Number(limit),
    cursor: query.cursor,
  };
}

function listOf(value: string | string[] | undefined): string[] | undefined {
  return value === undefined ? undefined : [value].flat().flatMap((each) => each.split(','));
}
