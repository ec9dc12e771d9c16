/** Checks bytes on their way into the blob store. */
import { CloudilloError } from '../../protocol/errors.ts';
import type { WriteBlobOptions } from '../model/store-interface.ts';

/** Passes the chunks on, up to the size limit. @throws {CloudilloError} `store.blob-size` */
export async function* blobSource(
  source: Uint8Array | AsyncIterable<Uint8Array>,
  { maxBytes = Number.POSITIVE_INFINITY }: WriteBlobOptions,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of source instanceof Uint8Array ? [source] : source) {
    size += chunk.length;
    if (size > maxBytes) {
      throw new CloudilloError('store.blob-size', `The file is larger than ${maxBytes} bytes`, {
        stage: 'store',
        details: { maxBytes },
      });
    }
    yield chunk;
  }
}

/** Checks the ID of stored bytes. @throws {CloudilloError} `store.blob-mismatch` */
export function assertExpected(id: string, { expect }: WriteBlobOptions): void {
  if (expect === undefined || expect === id) return;
  throw new CloudilloError('store.blob-mismatch', `The bytes given as ${expect} are ${id}`, {
    stage: 'store',
    details: { expected: expect, actual: id },
  });
}
