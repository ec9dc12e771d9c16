/** Decodes the content coding of an answer's body, strictly: a body that ends early is refused. */
import { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, type Gunzip } from 'node:zlib';
import { CloudilloError } from '../../protocol/errors.ts';

/** The codings that a request accepts. */
export const ACCEPTED_CODINGS = 'gzip, deflate, br';

/** How much of a body has arrived, in bytes as sent. */
export interface Received {
  bytes: number;
  /** The announced `Content-Length`; null without one. */
  expected: number | null;
}

type Decoder = Pick<Gunzip, 'bytesWritten'> & NodeJS.ReadWriteStream & AsyncIterable<Buffer> & { destroy(): unknown };

/** The decoders by name. Each gets the first byte of the body. */
const DECODERS: Readonly<Record<string, (first: number) => Decoder>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  br: () => createBrotliDecompress(),
  // RFC 9110, section 8.4.1.2: some servers omit the zlib wrapper. The first byte shows it.
  deflate: (first) => ((first & 0x0f) === 8 ? createInflate() : createInflateRaw()),
};

/**
 * Decodes a body chunk by chunk. node-fetch doesn't check the end: it takes half a gzip file for a whole one.
 * @param coding the header `Content-Encoding`
 * @param received is kept up to date
 * @throws CloudilloError `peer.invalid`: an unknown coding, an early end (`retryable`), bytes after the end; what the stream and
 *   `node:zlib` throw
 */
export async function* decodeBody(
  stream: AsyncIterable<unknown>,
  { host, coding, received }: { host: string; coding: string | null; received: Received },
): AsyncGenerator<Buffer> {
  const source = counted(stream, received);
  const name = (coding ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return yield* source;
  const start = await source.next();
  // An empty body is complete in every coding.
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

/** How many bytes have arrived, for a message. */
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
    // The next attempt may not be cut off.
    retryable: cause !== undefined,
    details: { host, received: received.bytes, expected: received.expected },
    cause,
  });
}
