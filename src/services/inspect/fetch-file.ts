/** Fetches and verifies a file of a peer. */
import type { PeerApi } from '../../federation/peer/api.ts';
import type { FetchedFile } from '../../federation/peer/file-api.ts';
import { isContentId } from '../../protocol/content-id.ts';
import { chooseVariant, type Descriptor } from '../../protocol/descriptor.ts';
import { CloudilloError } from '../../protocol/errors.ts';

/** The file to fetch, as whom, and where its bytes go. */
export interface FetchFileInput {
  from: string;
  /** `f1~…`, a temporary `@N`, or a blob's own `b1~…`. */
  fileId: string;
  /** A variant's name (`vis.sd`), a bare quality (`sd`), or a blob ID. Default: the peer's choice. */
  variant?: string | undefined;
  bearer?: string | undefined;
  /** Takes the bytes before they are verified. The caller discards them when the call throws. */
  sink: (chunk: Uint8Array) => Promise<void>;
  signal?: AbortSignal | undefined;
}

/** A file that was fetched, without its bytes. */
export interface FileReport {
  from: string;
  fileId: string;
  /** The hash of the bytes. */
  blobId: string;
  variant: string | null;
  size: number;
  contentType: string | null;
  verified: FetchedFile['verified'];
  descriptor: string | null;
}

type Api = Pick<PeerApi, 'fetchFile' | 'fetchBlob' | 'fetchDescriptor'>;

/**
 * Fetches a file's bytes and verifies them by its descriptor. A variant that was asked for is never replaced by
 * another.
 * @throws CloudilloError `usage.content-id`, `usage.variant`, `peer.mismatch`, and as the request module
 */
export async function fetchFile({ api }: { api: Api }, input: FetchFileInput): Promise<FileReport> {
  const { from, fileId, variant, bearer, sink, signal } = input;
  const options = { bearer, sink, signal };
  if (isContentId(fileId, 'b1')) return report(input, await api.fetchBlob(from, fileId, options), null);
  if (variant === undefined) {
    const file = await api.fetchFile(from, fileId, options);
    return report(input, file, file.variant?.name ?? null);
  }
  const { text, descriptor, verified } = await api.fetchDescriptor(from, fileId, { bearer });
  const chosen = pickVariant(descriptor, variant, fileId);
  const blob = await api.fetchBlob(from, chosen.blobId, options);
  // The blob matches its own hash. It belongs to the file when the verified descriptor names it.
  return { ...report(input, blob, chosen.name), descriptor: text, verified: verified ? 'descriptor' : 'none' };
}

function pickVariant(descriptor: Descriptor, wanted: string, fileId: string): { name: string; blobId: string } {
  const exact = descriptor.variants.find(({ name, blobId }) => name === wanted || blobId === wanted);
  const byQuality = exact ?? descriptor.variants.find(({ name }) => name.endsWith(`.${wanted}`));
  if (byQuality) return byQuality;
  const nearest = isContentId(wanted, 'b1') ? null : chooseVariant(descriptor, wanted);
  throw new CloudilloError('usage.variant', `${fileId} has no variant ${wanted}`, {
    stage: 'input',
    hint: `It has: ${descriptor.variants.map(({ name }) => name).join(', ')}${nearest ? `; nearest: ${nearest.name}` : ''}`,
  });
}

function report({ from, fileId }: FetchFileInput, file: FetchedFile, variant: string | null): FileReport {
  const { blobId, size, contentType, verified, descriptor } = file;
  return { from, fileId, blobId, variant, size, contentType, verified, descriptor };
}
