import type { Readable } from 'node:stream';
import { chooseVariant, parseDescriptor, type Variant } from '../../protocol/descriptor.ts';
import type { Identity } from '../../store/identities/identity-document.ts';
import type { Caller } from '../readers/caller.ts';
import type { Deps } from '../runtime/deps.ts';
import { notHere } from '../runtime/read-errors.ts';
import { parseRange, type Span } from './byte-range.ts';
import { contentTypeOf } from './content-types.ts';
import { readableFile, readableFileOfBlob } from './file-access.ts';

/** Which bytes, for whom. */
export interface ReadFileInput {
  own: Identity;
  caller: Caller;
  /** Either: a file, of which `variant` picks a rendition … */
  fileId?: string;
  variant?: string;
  /** … or one blob. */
  blobId?: string;
  /** The `Range` header … */
  range?: string;
  /** … and `If-Range`, which makes it count only for these very bytes. */
  ifRange?: string;
}

/** Bytes ready to be sent. */
export interface FileBytes {
  stream: Readable;
  /** Of the whole blob. */
  size: number;
  /** null: the whole. */
  span: Span | null;
  blobId: string;
  descriptor: string;
  contentType: string;
  isPublic: boolean;
}

/**
 * The bytes of a file or of one blob (specification: Reading files).
 * @throws CloudilloError `read.not-found`, `permission.denied`, `read.range`, `store.damaged`, `store.io`
 */
export async function readFile(deps: Pick<Deps, 'store'>, input: ReadFileInput): Promise<FileBytes> {
  const { own, caller } = input;
  const { store } = deps;
  const { file, isPublic } =
    input.blobId === undefined
      ? readableFile(deps, own, caller, input.fileId ?? '')
      : readableFileOfBlob(deps, own, caller, input.blobId);
  const variant = await heldVariant(store, file.descriptor, input);
  const size = variant && (await store.blobs.size(variant.blobId));
  if (!variant || size === null) throw notHere('This variant is not here');
  const span = parseRange(wantedRange(input, variant.blobId), size);
  const stream = await store.blobs.read(variant.blobId, span ?? undefined);
  if (!stream) throw notHere('This variant is not here');
  const { blobId, format } = variant;
  return { stream, size, span, blobId, descriptor: file.descriptor, contentType: contentTypeOf(format), isPublic };
}

/** The ETag of a blob: what an ID means never changes. */
export function etagOf(blobId: string): string {
  return `"${blobId}"`;
}

/** What isn't a strong ETag of these bytes (a weak one, a date) makes the whole be sent (RFC 9110, 13.1.5). */
function wantedRange({ range, ifRange }: ReadFileInput, blobId: string): string | undefined {
  return ifRange === undefined || ifRange.trim() === etagOf(blobId) ? range : undefined;
}

/** The wanted variant; without a wish the original, else the best that is here. */
async function heldVariant(
  store: Deps['store'],
  descriptor: string,
  { variant: wanted, blobId }: ReadFileInput,
): Promise<Variant | null> {
  const parsed = parseDescriptor(descriptor);
  if (blobId !== undefined) return parsed.variants.find((each) => each.blobId === blobId) ?? null;
  if (wanted !== undefined) return chooseVariant(parsed, wanted);
  const held: Variant[] = [];
  for (const variant of parsed.variants) if (await store.blobs.has(variant.blobId)) held.push(variant);
  return chooseVariant({ ...parsed, variants: held });
}
