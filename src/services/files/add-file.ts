import { fileId as idOf } from '../../protocol/content-id.ts';
import { formatDescriptor } from '../../protocol/descriptor.ts';
import type { Deps } from '../deps.ts';

/** A file to keep. */
export interface AddFileInput {
  tenant: string;
  fileName: string;
  contentType: string;
  source: Uint8Array | AsyncIterable<Uint8Array>;
  /** Bytes; `store.blob-size` beyond. */
  maxBytes?: number;
}

/** What it is called from now on. */
export interface AddedFile {
  fileId: string;
  descriptor: string;
  size: number;
}

/**
 * Keeps a file raw: its bytes as one blob, a descriptor with the one variant `orig`, both before anybody is told of them.
 * @throws CloudilloError `store.blob-size`, `store.full`, `store.io`
 */
export async function addFile(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  { tenant, fileName, contentType, source, maxBytes }: AddFileInput,
): Promise<AddedFile> {
  const { id, size } = await store.blobs.write(source, maxBytes === undefined ? {} : { maxBytes });
  const orig = { name: 'orig', blobId: id, format: 'bin', size, width: 0, height: 0 };
  const descriptor = formatDescriptor({ version: 2, variants: [orig] });
  const fileId = idOf(descriptor);
  const event = { kind: 'file', tenant, fileId, descriptor, fileName, contentType, at: clock() } as const;
  if (!store.file(tenant, fileId)) await store.append([event]);
  return { fileId, descriptor, size };
}
