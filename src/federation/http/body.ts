/** Reads the body of an answer, up to a limit. */
import { CloudilloError } from '../../protocol/errors.ts';
import type { Progress } from './deadline.ts';

/** Receives a body chunk by chunk. A promise delays the download. */
export type BodySink = (chunk: Uint8Array) => void | Promise<void>;

/** The limits of a body, and where it goes. */
export interface BodyOptions {
  host: string;
  /** The most bytes after decompression. */
  maxBytes: number;
  /** Receives the chunks. Without it they are collected in memory. */
  sink?: BodySink | undefined;
  /** Called for each wait for the peer, and not for a slow sink. */
  progress?: Progress | undefined;
}

/**
 * Reads a body up to `maxBytes`. The bytes are counted after decompression, so that neither an endless answer nor a compression
 * bomb costs more. `Content-Length` is not trusted.
 * @returns the body; empty when a sink received it
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

/** Reads the first bytes of an error's body, enough for a message. The rest is dropped. */
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
    // The status says more than the error of reading the body.
  }
  return Buffer.concat(chunks).subarray(0, maxBytes);
}

/** The error for an answer beyond the limit. */
export function tooLarge(host: string, maxBytes: number): CloudilloError {
  return new CloudilloError('network.too-large', `${host} sends more than the ${maxBytes} bytes that are accepted`, {
    stage: 'response',
    hint: 'No valid answer to this request is that large. For large files, raise the limit.',
    details: { host, maxBytes },
  });
}
