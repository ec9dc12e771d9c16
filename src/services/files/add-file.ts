/** Stores files. */
import { fileId as idOf } from '../../protocol/content-id.ts';
import { formatDescriptor } from '../../protocol/descriptor.ts';
import type { Deps } from '../runtime/deps.ts';
import { assertFileName } from './file-name.ts';
import { type Dimensions, headLength, imageDimensions } from './image-dimensions.ts';
import { mediaOf } from './media.ts';

/** A file to store. */
export interface AddFileInput {
  tenant: string;
  fileName: string;
  contentType: string;
  /** Default `file`, which takes any media type unchanged. */
  preset?: string;
  source: Uint8Array | AsyncIterable<Uint8Array>;
  /** The size limit in bytes; `store.blob-size` beyond it. */
  maxBytes?: number;
}

/** The stored file. */
export interface AddedFile {
  fileId: string;
  descriptor: string;
  size: number;
  /** The size of an image; null for other files. */
  dim: Dimensions | null;
}

/**
 * Stores a file unchanged: its bytes as one blob, and a descriptor with the one variant `orig`. The blob is complete
 * before the journal names it. The size of an image is read; nothing is transcoded. On an error nothing is stored.
 * @throws CloudilloError `usage.file-name`, `usage.content-type`, `usage.media`, `usage.image`, `store.blob-size`,
 * `store.full`, `store.io`; what the source throws
 */
export async function addFile(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  { tenant, fileName, contentType, preset = 'file', source, maxBytes }: AddFileInput,
): Promise<AddedFile> {
  assertFileName(fileName);
  const { mediaClass, format } = mediaOf(preset, contentType);
  const image: { dim: Dimensions | null } = { dim: null };
  const bytes = mediaClass === 'vis' ? measured(source, format, image) : source;
  const { id, size } = await store.blobs.write(bytes, maxBytes === undefined ? {} : { maxBytes });
  const [width, height]: Dimensions = image.dim ?? [0, 0];
  const descriptor = formatDescriptor({
    version: 2,
    variants: [{ name: 'orig', blobId: id, format, size, width, height }],
  });
  const fileId = idOf(descriptor);
  const event = { kind: 'file', tenant, fileId, descriptor, fileName, contentType, preset, at: clock.wall() } as const;
  if (!store.file(tenant, fileId)) await store.append([event]);
  return { fileId, descriptor, size, dim: image.dim };
}

/** Passes an image's bytes on as soon as the first ones have shown its size. */
async function* measured(
  source: AddFileInput['source'],
  format: string,
  image: { dim: Dimensions | null },
): AsyncGenerator<Uint8Array> {
  const wanted = headLength(format);
  let head: Uint8Array[] | null = [];
  let length = 0;
  for await (const chunk of source instanceof Uint8Array ? [source] : source) {
    if (head === null) {
      yield chunk;
      continue;
    }
    head.push(chunk);
    length += chunk.length;
    if (length < wanted) continue;
    image.dim = await imageDimensions(Buffer.concat(head).subarray(0, wanted), format);
    yield* head;
    head = null;
  }
  if (head === null) return;
  image.dim = await imageDimensions(Buffer.concat(head), format);
  yield* head;
}
