import { contentHash } from '../../protocol/content-id.ts';
import type { BodySink } from './body.ts';
import type { PeerResponse } from './peer-response.ts';
import type { Requester, RequestOptions } from './request.ts';

export interface DownloadOptions {
  /** Access token. */
  bearer?: string | undefined;
  /** Takes the bytes **before they are verified**: what it wrote must be dropped when the call throws. */
  sink?: BodySink | undefined;
  /** Default 64 MiB, with a sink 4 GiB. */
  maxBytes?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** Bytes that were hashed on their way. */
export interface Download {
  /** Empty when a sink took them. */
  bytes: Buffer;
  size: number;
  /** What they hash to. */
  blobId: string;
  contentType: string | null;
  response: PeerResponse;
}

const IN_MEMORY = 64 * 1024 * 1024;
const STREAMED = 4 * 1024 ** 3;
/** Slower than this over the whole transfer is no transfer: a slot must not be held by one byte a second. */
const MIN_BYTES_PER_SECOND = 16 * 1024;

/** The cap that holds for a download. */
export function downloadCap({ maxBytes, sink }: DownloadOptions): number {
  return maxBytes ?? (sink ? STREAMED : IN_MEMORY);
}

/** Fetches bytes and hashes them as a blob; at least 16 KiB/s and no pause longer than the requester's timeout. */
export async function download(
  requester: Requester,
  get: (options: RequestOptions) => Promise<PeerResponse>,
  { bearer, sink, signal }: DownloadOptions,
  maxBytes: number,
): Promise<Download> {
  const hash = contentHash('b1');
  const kept: Uint8Array[] = [];
  let size = 0;
  const response = await get({
    maxBytes,
    idleTimeout: requester.timeout,
    minRate: MIN_BYTES_PER_SECOND,
    ...(bearer !== undefined && { bearer }),
    ...(signal && { signal }),
    sink: (chunk) => {
      hash.update(chunk);
      size += chunk.length;
      if (sink) return sink(chunk);
      kept.push(chunk);
    },
  });
  const contentType = response.headers['content-type'] ?? null;
  return { bytes: Buffer.concat(kept), size, blobId: hash.id(), contentType, response };
}
