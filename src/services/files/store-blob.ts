/** Stores a blob while it is downloaded. */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Blobs } from '../../store/model/store-interface.ts';

/**
 * Stores a blob while it is downloaded. Nothing is kept when the bytes do not match the ID.
 * @param download writes the bytes into the sink
 * @throws CloudilloError `peer.mismatch`, `store.*`; what the download throws
 */
export async function storeBlob(
  blobs: Pick<Blobs, 'write'>,
  { blobId, size }: { blobId: string; size: number },
  download: (sink: (chunk: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<void> {
  const pipe = new PassThrough();
  // The error is reported below. A stream without a listener would end the process.
  pipe.on('error', () => {});
  let refused: { error: unknown } | null = null;
  const kept = blobs.write(pipe, { expect: blobId }).catch((error) => {
    refused ??= { error };
    pipe.destroy(error as Error);
    return null;
  });
  let received = 0;
  try {
    await download(async (chunk) => {
      if (refused) throw refused.error;
      received += chunk.length;
      if (!pipe.write(chunk)) await once(pipe, 'drain');
    });
    if (received !== size) throw wrongSize(blobId, size, received);
    pipe.end();
  } catch (error) {
    pipe.destroy(error as Error);
    await kept;
    // A failed write aborts the download; the write's error is the cause.
    throw (refused as { error: unknown } | null)?.error ?? error;
  }
  await kept;
  // The download was verified, so the disk is at fault.
  if (refused) throw (refused as { error: unknown }).error;
}

function wrongSize(blobId: string, stated: number, received: number): CloudilloError {
  return new CloudilloError('peer.mismatch', `${blobId} has ${received} bytes, and its descriptor says ${stated}`, {
    stage: 'response',
    details: { blobId, stated, received },
  });
}
