import type { Readable } from 'node:stream';
import { CloudilloError } from '../../protocol/errors.ts';
import { FileBlobs } from '../../store/blobs/file-blobs.ts';
import { homePaths } from '../../store/home/home.ts';

/**
 * The bytes of a blob, by whoever may read the home: hashed on the way, so that damage is an error at their end.
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
