/** Reads the bytes of a file or a blob for a caller. */
import type { Readable } from 'node:stream';
import { chooseVariant, parseDescriptor, type Variant } from '../../protocol/descriptor.ts';
import type { Identity } from '../../store/identities/identity-document.ts';
import type { Caller } from '../readers/caller.ts';
import type { Deps } from '../runtime/deps.ts';
import { notHere } from '../runtime/read-errors.ts';
import { parseRange, type Span } from './byte-range.ts';
import { contentTypeOf } from './content-types.ts';
import { readableFile, readableFileOfBlob } from './file-access.ts';

/** The bytes to read, and the caller. */
export interface ReadFileInput {
  own: Identity;
  caller: Caller;
  /** A file; `variant` selects one of its variants. Either this … */
  fileId?: string;
  variant?: string;
  /** … or one blob. */
  blobId?: string;
  /** The `Range` header … */
  range?: string;
  /** … and `If-Range`, which limits it to exactly these bytes. */
  ifRange?: string;
}

/** The bytes to send, and what the headers need. */
export interface FileBytes {
  stream: Readable;
  /** The size of the whole blob in bytes. */
  size: number;
  /** The range that is sent; null for the whole. */
  span: Span | null;
  blobId: string;
  descriptor: string;
  contentType: string;
  isPublic: boolean;
}

/**
 * Reads a file or one blob (specification: Reading files).
 * @throws CloudilloError `read.not-found`, `read.range`, `store.damaged`, `store.io`
 */
export async function readFile(deps: Pick<Deps, 'store'>, input: ReadFileInput): Promise<FileBytes> {
  const { own, caller } = input;
  const { store } = deps;
  const { file, isPublic } =
    input.blobId === undefined
      ? await readableFile(deps, own, caller, input.fileId ?? '')
      : await readableFileOfBlob(deps, own, caller, input.blobId);
  const variant = await heldVariant(store, file.descriptor, input);
  const size = variant && (await store.blobs.size(variant.blobId));
  if (!variant || size === null) throw notHere('This variant is not here');
  const span = parseRange(wantedRange(input, variant.blobId), size);
  const stream = await store.blobs.read(variant.blobId, span ?? undefined);
  if (!stream) throw notHere('This variant is not here');
  const { blobId, format } = variant;
  return { stream, size, span, blobId, descriptor: file.descriptor, contentType: contentTypeOf(format), isPublic };
}

/** The ETag of a blob: its ID, because its content never changes. */
export function etagOf(blobId: string): string {
  return `"${blobId}"`;
}

/**
 * The range counts only with a strong ETag of these bytes. A weak ETag or a date leads to the whole (RFC 9110, 13.1.5).
 */
function wantedRange({ range, ifRange }: ReadFileInput, blobId: string): string | undefined {
  return ifRange === undefined || ifRange.trim() === etagOf(blobId) ? range : undefined;
}

/** The selected variant. Default: the original, else the best stored one. */
async function heldVariant(
  store: Deps['store'],
  descriptor: string,
  { variant: wanted, blobId }: ReadFileInput,
): Promise<Variant | null> {
  const parsed = parseDescriptor(descriptor);
  if (blobId !== undefined) return parsed.variants.find((each) => each.blobId === blobId) ?? null;
  const held: Variant[] = [];
  for (const variant of parsed.variants) if (await store.blobs.has(variant.blobId)) held.push(variant);
  return chooseVariant({ ...parsed, variants: held }, wanted);
}
