/** lowdb's adapter for files that survive a crash. */
import { readFile } from 'node:fs/promises';
import type { Adapter } from 'lowdb';
import { CloudilloError } from '../../protocol/errors.ts';
import { utf8Text } from '../../protocol/text-encoding.ts';
import { diskError, hasErrno } from './disk-errors.ts';
import { writeDurably } from './durable-file.ts';

/** Turns parsed JSON into a document, or throws with the reason: strict, nothing is coerced. */
export type DocumentParser<T> = (json: unknown) => T;

/**
 * lowdb's adapter for a JSON file whose writes survive a crash whole. (lowdb's own adapter renames without a sync.) A file that
 * doesn't parse is an error that names it: resetting it would lose an admin's changes.
 */
export class DurableAdapter<T> implements Adapter<T> {
  readonly #path: string;
  readonly #parse: DocumentParser<T>;

  constructor(path: string, parse: DocumentParser<T>) {
    this.#path = path;
    this.#parse = parse;
  }

  /** Reads the file. @returns null when it doesn't exist @throws {CloudilloError} `store.document` | `store.io` */
  async read(): Promise<T | null> {
    let bytes: Buffer;
    try {
      bytes = await readFile(this.#path);
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) return null;
      throw diskError(error, 'read the file', this.#path);
    }
    return parseDocument(this.#path, bytes, this.#parse);
  }

  /** Writes the file. @throws {CloudilloError} `store.full` | `store.io` */
  async write(data: T): Promise<void> {
    await writeDurably(this.#path, `${JSON.stringify(data, null, 2)}\n`);
  }
}

/**
 * Parses a document. @throws {CloudilloError} `store.document` naming the file and the fault; the parser's own CloudilloError as
 * it is
 */
export function parseDocument<T>(path: string, content: string | Uint8Array, parse: DocumentParser<T>): T {
  try {
    return parse(JSON.parse(typeof content === 'string' ? content : utf8Text(content)));
  } catch (cause) {
    if (cause instanceof CloudilloError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CloudilloError('store.document', `The file ${path} isn't what it should be: ${reason}`, {
      stage: 'store',
      hint: `Correct ${path} or restore it from a backup; it is never reset by itself.`,
      cause,
      details: { path },
    });
  }
}
