/** The lines of the journal. */
import { createHash, hash } from 'node:crypto';
import { encodeEvent } from '../model/event-codecs.ts';
import type { JournalEvent, JournalRecord } from '../model/events.ts';
import { nextTurn } from '../turns/slices.ts';

/** A line is `{"h":"<43 characters>","r":<record>}\n`. The hash is over the exact bytes of the record. */
const BEFORE_HASH = '{"h":"';
const HASH_LENGTH = 43;
const RECORD = 'r';
const BEFORE_RECORD = `","${RECORD}":`;
const RECORD_START = BEFORE_HASH.length + HASH_LENGTH + BEFORE_RECORD.length;
const AFTER_RECORD = 1;
const ENCODER = new TextEncoder();
const NO_HASH_YET = '.'.repeat(HASH_LENGTH);
/** A line of more bytes takes several turns where others wait: a part of so many is hashed in a millisecond. */
export const LONG = 256 * 1024;
/** The most bytes of UTF-8 for a UTF-16 unit. */
const MOST_BYTES_A_CHARACTER = 3;

/** A record without its number, which is known only when it is written. @param events their JSON */
export function recordTail(at: number, events: string): string {
  return `,"at":${at},"e":${events}}`;
}

/** The JSON of events. */
export function eventsJson(events: readonly JournalEvent[]): string {
  return `[${events.map(encodeEvent).join(',')}]`;
}

/** Lines in one buffer that is reused, because the writers of a group wait for the encoding. */
export class LineBuffer {
  #buffer = Buffer.allocUnsafe(64 * 1024);
  #length = 0;

  /** The number of bytes so far. */
  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  /** Adds a line. @param tail of {@link recordTail} @returns the record's hash, and the bytes of the line */
  add(n: number, tail: string): { hash: string; length: number } {
    const line = `${BEFORE_HASH}${NO_HASH_YET}${BEFORE_RECORD}{"n":${n}${tail}}\n`;
    this.#makeRoom(line.length * MOST_BYTES_A_CHARACTER);
    const start = this.#length;
    const { written: length } = ENCODER.encodeInto(line, this.#buffer.subarray(start));
    // The hash is filled in once the bytes are there: that is cheaper than hashing the string.
    const record = this.#buffer.subarray(start + RECORD_START, start + length - AFTER_RECORD - 1);
    const digest = hash('sha256', record, 'base64url');
    this.#buffer.write(digest, start + BEFORE_HASH.length, 'latin1');
    this.#length += length;
    return { hash: digest, length };
  }

  /** Valid until the next `clear`. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #makeRoom(length: number): void {
    if (this.#length + length <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + length));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** One line as bytes. @param tail of {@link recordTail} */
export function encodeLine(n: number, tail: string): string {
  const buffer = new LineBuffer();
  buffer.add(n, tail);
  return buffer.bytes().toString('utf8');
}

/** A line as bytes, in turns when it is long. @param key one character: `r`, or another for what is no record */
export async function framedLine(key: string, json: string): Promise<Buffer> {
  const content = Buffer.from(json);
  const digest = content.length > LONG ? await hashInTurns(content) : hash('sha256', content, 'base64url');
  return Buffer.concat([Buffer.from(`${BEFORE_HASH}${digest}","${key}":`), content, Buffer.from('}\n')]);
}

async function hashInTurns(bytes: Buffer): Promise<string> {
  const sum = createHash('sha256');
  for (let start = 0; start < bytes.length; start += LONG) {
    sum.update(bytes.subarray(start, start + LONG));
    await nextTurn();
  }
  return sum.digest('base64url');
}

/** A line whose frame and hash are right. */
type Unframed = { text: string; hash: string } | { reason: string };

/** Checks the frame and the hash of a line. @param line without its line end @param key what its content is called */
export function unframe(line: Buffer, key: string): Unframed {
  return unframeBy(line, key, null);
}

/** The same, in turns when the line is long. */
export async function unframeInTurns(line: Buffer, key: string): Promise<Unframed> {
  const isLong = line.length > LONG && hasFrame(line, key);
  return unframeBy(line, key, isLong ? await hashInTurns(contentOf(line)) : null);
}

/** @param known the hash of its content; null: not known yet */
function unframeBy(line: Buffer, key: string, known: string | null): Unframed {
  const end = line.length - AFTER_RECORD;
  if (!hasFrame(line, key)) return { reason: 'not a journal line' };
  const digest = known ?? hash('sha256', contentOf(line), 'base64url');
  if (line.toString('latin1', BEFORE_HASH.length, BEFORE_HASH.length + HASH_LENGTH) !== digest) {
    return { reason: 'its hash doesn’t match its content' };
  }
  return { text: line.toString('utf8', RECORD_START, end), hash: digest };
}

/** The result of {@link decodeLine}. */
export type DecodedLine = { record: JournalRecord; hash: string } | { reason: string };

/** Reads a line and checks its hash. @param line without its line end */
export function decodeLine(line: Buffer): DecodedLine {
  return recordOf(unframe(line, RECORD));
}

/** The same, in turns when the line is long. */
export async function decodeInTurns(line: Buffer): Promise<DecodedLine> {
  if (line.length <= LONG) return decodeLine(line);
  const found = await unframeInTurns(line, RECORD);
  await nextTurn();
  return recordOf(found);
}

function recordOf(found: Unframed): DecodedLine {
  if ('reason' in found) return found;
  try {
    const record: unknown = JSON.parse(found.text);
    return isRecord(record) ? { record, hash: found.hash } : { reason: 'not a journal record' };
  } catch (error) {
    return { reason: `not JSON: ${(error as Error).message}` };
  }
}

function contentOf(line: Buffer): Buffer {
  return line.subarray(RECORD_START, line.length - AFTER_RECORD);
}

/** Whether everything around hash and record is as it is written. Otherwise a changed byte there would go unnoticed. */
function hasFrame(line: Buffer, key: string): boolean {
  if (line.length - AFTER_RECORD < RECORD_START) return false;
  const isAt = (start: number, text: string) => line.toString('latin1', start, start + text.length) === text;
  const around = isAt(0, BEFORE_HASH) && isAt(BEFORE_HASH.length + HASH_LENGTH, `","${key}":`);
  return around && line[line.length - 1] === 0x7d;
}

function isRecord(value: unknown): value is JournalRecord {
  const { n, at, e, l = 1, from = n } = (value ?? {}) as Partial<JournalRecord>;
  const numbers = [n, l, from].every((number) => Number.isSafeInteger(number) && (number as number) > 0);
  return numbers && (from as number) <= (n as number) && typeof at === 'number' && Array.isArray(e);
}
