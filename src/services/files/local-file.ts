/** The view of a file for commands. */
import { chooseVariant, parseDescriptor } from '../../protocol/descriptor.ts';
import type { FileRow } from '../../store/model/rows.ts';

/** A file as commands print it. */
export interface LocalFile {
  idTag: string;
  fileId: string;
  fileName: string;
  contentType: string;
  preset: string | null;
  owner: string;
  /** Bytes of the best variant. */
  size: number;
  /** The size in pixels; null for files without one. */
  dim: [number, number] | null;
  descriptor: string;
  /** ISO 8601. */
  createdAt: string;
}

/** Makes the view of a tenant's file. */
export function localFile(idTag: string, row: FileRow): LocalFile {
  const { fileId, fileName, contentType, preset = null, owner = idTag, descriptor, at } = row;
  const best = chooseVariant(parseDescriptor(descriptor));
  return {
    idTag,
    fileId,
    fileName,
    contentType,
    preset,
    owner,
    size: best?.size ?? 0,
    dim: best && best.width > 0 ? [best.width, best.height] : null,
    descriptor,
    createdAt: new Date(at).toISOString(),
  };
}
