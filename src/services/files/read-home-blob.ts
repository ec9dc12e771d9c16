/** Reads a blob from the home without opening the store. */
import type { Readable } from 'node:stream';
import { CloudilloError } from '../../protocol/errors.ts';
import { FileBlobs } from '../../store/blobs/file-blobs.ts';
import { homePaths } from '../../store/home/home.ts';

/**
 * Reads a blob from a home directory. The bytes are hashed, and the stream fails at its end when they are damaged.
 * @throws CloudilloError `store.not-found`, `store.io`; the stream fails with `store.damaged`
 */
export async function readHomeBlob(home: string, blobId: string): Promise<Readable> {
  const stream = await new FileBlobs(homePaths(home).blobs).read(blobId);
  if (stream) return stream;
  throw new CloudilloError('store.not-found', `The bytes of ${blobId} are not here`, {
    stage: 'store',
    hint: 'Run "cloudillo store check", and restore the file from a backup or fetch it again.',
  });
}
