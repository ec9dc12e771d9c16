/** Stores files. */
import type { Readable } from 'node:stream';
import { fileId as idOf } from '../../protocol/content-id.ts';
import { formatDescriptor, orderedVariants, type Variant } from '../../protocol/descriptor.ts';
import type { Deps } from '../runtime/deps.ts';
import type { MadePicture } from '../runtime/pictures.ts';
import { assertFileName } from './file-name.ts';
import { type Dimensions, headLength, imageDimensions } from './image-dimensions.ts';
import { mediaOf } from './media.ts';
import { keepsMetadata, picturePreset } from './picture-tiers.ts';

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
  /** Bytes that were given. */
  size: number;
  /** The size of an image; null for other files. */
  dim: Dimensions | null;
  /**
   * What became of an image. `made`: variants without metadata. `unavailable`: nothing here can make them, and the original is kept
   * alone. null: the file is no image, or the preset `file` takes it as it is.
   */
  variants: 'made' | 'unavailable' | null;
  /** The bytes that were given are one of the variants. */
  original: boolean;
}

/** What storing a file depends on. Without `pictures` no variants are made. */
export type AddFileDeps = Pick<Deps, 'store' | 'clock'> & Partial<Pick<Deps, 'pictures'>>;

/**
 * Stores a file. Of an image it stores the variants of the preset; the original beside them, where the preset keeps it and it has no
 * metadata, which tells where it was taken. Other files are stored unchanged, with the one variant `orig`. All blobs are complete before
 * the journal names them. On an error nothing is stored.
 * @throws CloudilloError `usage.file-name`, `usage.content-type`, `usage.media`, `usage.image`, `store.blob-size`,
 * `store.full`, `store.io`, `rate.busy`; what the source throws
 */
export async function addFile(
  deps: AddFileDeps,
  { tenant, fileName, contentType, preset = 'file', source, maxBytes }: AddFileInput,
): Promise<AddedFile> {
  const { store, clock } = deps;
  assertFileName(fileName);
  const { mediaClass, format } = mediaOf(preset, contentType);
  const limit = maxBytes === undefined ? {} : { maxBytes };
  const kept =
    mediaClass === 'vis'
      ? await keepImage(deps, source, { format, preset, limit })
      : await keepWhole(deps, source, { format, limit });
  const descriptor = formatDescriptor({ version: 2, variants: orderedVariants(kept.variants) });
  const fileId = idOf(descriptor);
  const event = { kind: 'file', tenant, fileId, descriptor, fileName, contentType, preset, at: clock.wall() } as const;
  if (!store.file(tenant, fileId)) await store.append([event]);
  const original = kept.variants.some(({ name }) => name === 'orig');
  return { fileId, descriptor, size: kept.size, dim: kept.dim, variants: kept.made, original };
}

/** What is kept of the bytes that were given. */
interface Kept {
  variants: Variant[];
  size: number;
  dim: Dimensions | null;
  made: AddedFile['variants'];
}

interface KeepOptions {
  format: string;
  limit: { maxBytes?: number };
}

async function keepWhole(
  { store }: AddFileDeps,
  source: AddFileInput['source'],
  { format, limit }: KeepOptions,
): Promise<Kept> {
  const { id, size } = await store.blobs.write(source, limit);
  const orig = { name: 'orig', blobId: id, format, size, width: 0, height: 0 };
  return { variants: [orig], size, dim: null, made: null };
}

/** Keeps the variants of an image. The original becomes a blob only if it is to be kept. */
async function keepImage(
  { store, pictures }: AddFileDeps,
  source: AddFileInput['source'],
  { format, preset, limit }: KeepOptions & { preset: string },
): Promise<Kept> {
  const { tiers, original } = picturePreset(preset);
  const image: { dim: Dimensions | null } = { dim: null };
  const made: { picture: MadePicture | null; keepsOriginal: boolean } = { picture: null, keepsOriginal: true };
  const confirm = async (open: () => Readable): Promise<boolean> => {
    const picture = pictures ? await pictures.make({ open, format, tiers }) : null;
    const keepsOriginal = picture === null || (original && (!picture.metadata || keepsMetadata(preset)));
    Object.assign(made, { picture, keepsOriginal });
    return keepsOriginal;
  };
  const { id, size } = await store.blobs.write(measured(source, format, image), { ...limit, confirm });
  const { picture, keepsOriginal } = made;
  const [width, height] = image.dim as Dimensions;
  const variants: Variant[] = keepsOriginal ? [{ name: 'orig', blobId: id, format, size, width, height }] : [];
  for (const { bytes, ...variant } of picture?.variants ?? []) {
    const blob = await store.blobs.write(bytes);
    variants.push({ ...variant, blobId: blob.id, size: blob.size });
  }
  const dim: Dimensions = picture ? [picture.width, picture.height] : [width, height];
  return { variants, size, dim, made: picture ? 'made' : 'unavailable' };
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
