import { pipeline, type Readable, Transform } from 'node:stream';
import { contentHash } from '../../protocol/content-id.ts';
import { CloudilloError } from '../../protocol/errors.ts';

/**
 * Hashes what flows through and holds back the last chunk until the hash is right: a reader never gets all bytes of
 * something that isn't what its ID says, so a response with a `Content-Length` breaks off instead of looking complete.
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
  // The error, if any, is the verifier's: whoever reads it gets it.
  pipeline(source, verifier, () => {});
  return verifier;
}

/** `store.damaged` for a blob. */
function damagedBlob(id: string): CloudilloError {
  return new CloudilloError('store.damaged', `The stored bytes of ${id} are damaged`, {
    stage: 'store',
    hint: 'Run "cloudillo store check", and restore the file from a backup or fetch it again.',
    details: { id },
  });
}
