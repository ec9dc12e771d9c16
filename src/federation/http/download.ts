/** Downloads bytes and hashes them. */
import { contentHash } from '../../protocol/content-id.ts';
import type { BodySink } from './body.ts';
import type { PeerResponse } from './peer-response.ts';
import type { Requester, RequestOptions } from './request.ts';

/** The options of a download. */
export interface DownloadOptions {
  /** The access token. */
  bearer?: string | undefined;
  /** Receives the bytes **before they are verified**. The caller has to discard them when the call throws. */
  sink?: BodySink | undefined;
  /** Default 64 MiB, with a sink 4 GiB. */
  maxBytes?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** The hash of downloaded bytes. */
export interface Download {
  /** Empty when a sink received them. */
  bytes: Buffer;
  size: number;
  /** The blob ID of the bytes. */
  blobId: string;
  contentType: string | null;
  response: PeerResponse;
}

const IN_MEMORY = 64 * 1024 * 1024;
const STREAMED = 4 * 1024 ** 3;
/** The lowest average rate of a transfer: one byte a second must not hold a slot. */
const MIN_BYTES_PER_SECOND = 16 * 1024;

/** The size limit of a download. */
export function downloadCap({ maxBytes, sink }: DownloadOptions): number {
  return maxBytes ?? (sink ? STREAMED : IN_MEMORY);
}

/**
 * Downloads bytes and hashes them as a blob. The rate is at least 16 KiB/s, and no pause is longer than the requester's timeout.
 */
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
