/** Verifies a blob while it is read. */
import { pipeline, type Readable, Transform } from 'node:stream';
import { contentHash } from '../../protocol/content-id.ts';
import { CloudilloError } from '../../protocol/errors.ts';

/**
 * Hashes a stream, and holds the last chunk back until the hash is right. A reader never gets all bytes of a damaged blob: a
 * response with a `Content-Length` breaks off instead of looking complete.
 */
export function verifiedStream(id: string, source: Readable): Readable {
  const hash = contentHash('b1');
  let held: Buffer | null = null;
  const verifier = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      hash.update(chunk);
      const ready = held;
      held = chunk;
      callback(null, ready ?? undefined);
    },
    flush(callback) {
      if (hash.id() === id) callback(null, held ?? undefined);
      else callback(damagedBlob(id));
    },
  });
  // The reader gets the error from the verifier.
  pipeline(source, verifier, () => {});
  return verifier;
}

/** The error for a damaged blob: `store.damaged`. */
function damagedBlob(id: string): CloudilloError {
  return new CloudilloError('store.damaged', `The stored bytes of ${id} are damaged`, {
    stage: 'store',
    hint: 'Run "cloudillo store check", and restore the file from a backup or fetch it again.',
    details: { id },
  });
}
