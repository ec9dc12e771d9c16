/** Takes the content coding off an answer's body, strictly: what ends in the middle is no answer. */
import { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, type Gunzip } from 'node:zlib';
import { CloudilloError } from '../../protocol/errors.ts';

/** The codings that are asked for. */
export const ACCEPTED_CODINGS = 'gzip, deflate, br';

/** How much of a body has come, in bytes as they were sent. */
export interface Received {
  bytes: number;
  /** What `Content-Length` announced; null: nobody said. */
  expected: number | null;
}

type Decoder = Pick<Gunzip, 'bytesWritten'> & NodeJS.ReadWriteStream & AsyncIterable<Buffer> & { destroy(): unknown };

/** By name; each gets the first byte that came. */
const DECODERS: Readonly<Record<string, (first: number) => Decoder>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  br: () => createBrotliDecompress(),
  // RFC 9110, section 8.4.1.2: some servers leave the zlib wrapper out. Its first byte tells.
  deflate: (first) => ((first & 0x0f) === 8 ? createInflate() : createInflateRaw()),
};

/**
 * Decodes a body chunk by chunk. node-fetch does so without looking at the end: half a gzip file is a whole one to it.
 *
 * @param coding the header `Content-Encoding`
 * @param received is kept up to date
 * @throws CloudilloError `peer.invalid`: an unknown coding, an end in the middle (`retryable`), bytes after the end; what the stream
 *   and `node:zlib` throw
 */
export async function* decodeBody(
  stream: AsyncIterable<unknown>,
  { host, coding, received }: { host: string; coding: string | null; received: Received },
): AsyncGenerator<Buffer> {
  const source = counted(stream, received);
  const name = (coding ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return yield* source;
  const start = await source.next();
  // An empty body is empty in every coding: nothing of it is missing.
  if (start.done) return;
  const decoder = DECODERS[name]?.(start.value[0] ?? 0);
  if (!decoder)
    throw invalid(host, `an answer in the coding ${JSON.stringify(name)}, which was not asked for`, received);
  const input = Readable.from(startingWith(start.value, source));
  input.on('error', (error) => (decoder as unknown as Readable).destroy(error));
  input.pipe(decoder);
  try {
    yield* decoder;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'Z_BUF_ERROR') throw error;
    throw invalid(host, 'an answer that ends in the middle of its compressed data', received, error);
  } finally {
    input.destroy();
    decoder.destroy();
  }
  if (decoder.bytesWritten < received.bytes)
    throw invalid(host, 'bytes after the end of its compressed data', received);
}

/** How many bytes of how many came, for a message. */
export function receivedText({ bytes, expected }: Received): string {
  return expected === null ? `${bytes} bytes came` : `${bytes} of ${expected} bytes came`;
}

async function* counted(stream: AsyncIterable<unknown>, received: Received): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    received.bytes += (chunk as Buffer).length;
    yield chunk as Buffer;
  }
}

async function* startingWith(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

function invalid(host: string, what: string, received: Received, cause?: unknown): CloudilloError {
  return new CloudilloError('peer.invalid', `${host} sent ${what}: ${receivedText(received)}`, {
    stage: 'response',
    // What cut it may not cut the next one.
    retryable: cause !== undefined,
    details: { host, received: received.bytes, expected: received.expected },
    cause,
  });
}
