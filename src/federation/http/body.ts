import { CloudilloError } from '../../protocol/errors.ts';
import type { Progress } from './deadline.ts';

/** Takes a body chunk by chunk; a promise holds the download back. */
export type BodySink = (chunk: Uint8Array) => void | Promise<void>;

export interface BodyOptions {
  host: string;
  /** Bytes after decompression. */
  maxBytes: number;
  /** Gets the chunks instead of memory. */
  sink?: BodySink | undefined;
  /** Told of each wait for the peer and of nothing else: a slow sink is no slow peer. */
  progress?: Progress | undefined;
}

/**
 * Reads a body up to `maxBytes`. The bytes are counted as they come out of the decompressor, so that neither an
 * endless answer nor a compressed bomb costs more than the cap; what `Content-Length` claims is no evidence.
 *
 * @returns the body, empty when a sink took it
 * @throws CloudilloError `network.too-large`
 */
export async function readBody(stream: AsyncIterable<unknown>, options: BodyOptions): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  options.progress?.waiting();
  for await (const chunk of stream) {
    const bytes = chunk as Buffer;
    options.progress?.received(bytes.length);
    size += bytes.length;
    if (size > options.maxBytes) throw tooLarge(options.host, options.maxBytes);
    if (options.sink) await options.sink(bytes);
    else chunks.push(bytes);
    options.progress?.waiting();
  }
  options.progress?.received(0);
  return Buffer.concat(chunks);
}

/** The first bytes of an error's body: enough for a message, whatever follows is dropped. */
export async function readStart(stream: AsyncIterable<unknown>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size >= maxBytes) break;
    }
  } catch {
    // The status is known and says more than that the connection broke while its explanation was read.
  }
  return Buffer.concat(chunks).subarray(0, maxBytes);
}

/** The error for an answer beyond the cap. */
export function tooLarge(host: string, maxBytes: number): CloudilloError {
  return new CloudilloError('network.too-large', `${host} sends more than the ${maxBytes} bytes that are accepted`, {
    stage: 'response',
    hint: 'No proper answer to this request is that large. For large files, raise the limit.',
    details: { host, maxBytes },
  });
}
