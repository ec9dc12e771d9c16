/** Blobs in memory. */
import { Readable } from 'node:stream';
import { blobId } from '../../protocol/content-id.ts';
import type { Blobs, ByteRange, WriteBlobOptions } from '../model/store-interface.ts';
import { assertExpected, blobSource } from './blob-source.ts';

/** Blobs in memory. */
export class MemoryBlobs implements Blobs {
  readonly #blobs = new Map<string, Buffer>();
  readonly #times = new Map<string, number>();

  async write(
    source: Uint8Array | AsyncIterable<Uint8Array>,
    options: WriteBlobOptions = {},
  ): Promise<{ id: string; size: number }> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of blobSource(source, options)) chunks.push(Uint8Array.from(chunk));
    const bytes = Buffer.concat(chunks);
    const id = blobId(bytes);
    assertExpected(id, options);
    const open = () => Readable.from([bytes], { objectMode: false });
    if (options.confirm && !(await options.confirm(open))) return { id, size: bytes.length };
    this.#blobs.set(id, bytes);
    this.#times.set(id, Date.now());
    return { id, size: bytes.length };
  }

  async read(id: string, range?: ByteRange): Promise<Readable | null> {
    const bytes = this.#blobs.get(id);
    if (!bytes) return null;
    const { start = 0, end = bytes.length - 1 } = range ?? {};
    return Readable.from([bytes.subarray(Math.max(0, start), end + 1)], { objectMode: false });
  }

  async size(id: string): Promise<number | null> {
    return this.#blobs.get(id)?.length ?? null;
  }

  async has(id: string): Promise<boolean> {
    return this.#blobs.has(id);
  }

  async *ids(from = ''): AsyncIterable<string> {
    yield* [...this.#blobs.keys()].filter((id) => id.slice(3, 5) >= from).sort();
  }

  async remove(id: string): Promise<boolean> {
    return this.#blobs.delete(id);
  }

  async touch(id: string): Promise<boolean> {
    if (!this.#blobs.has(id)) return false;
    this.#times.set(id, Date.now());
    return true;
  }

  async removeOlder(id: string, before: number, { dryRun = false } = {}): Promise<number | null> {
    const bytes = this.#blobs.get(id);
    if (!bytes || (this.#times.get(id) ?? 0) >= before) return null;
    if (!dryRun) this.#blobs.delete(id);
    return bytes.length;
  }
}
