/** The lines of the journal. */
import { hash } from 'node:crypto';
import { encodeEvent } from '../model/event-codecs.ts';
import type { JournalEvent, JournalRecord } from '../model/events.ts';

/** A line is `{"h":"<43 characters>","r":<record>}\n`. The hash is over the exact bytes of the record. */
const BEFORE_HASH = '{"h":"';
const HASH_LENGTH = 43;
const RECORD = 'r';
const BEFORE_RECORD = `","${RECORD}":`;
const RECORD_START = BEFORE_HASH.length + HASH_LENGTH + BEFORE_RECORD.length;
const AFTER_RECORD = 1;
const ENCODER = new TextEncoder();
const NO_HASH_YET = '.'.repeat(HASH_LENGTH);
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

/** A line of another kind than a record. @param key one character in the place of `r` */
export function framedLine(key: string, json: string): string {
  return `${BEFORE_HASH}${hash('sha256', json, 'base64url')}","${key}":${json}}\n`;
}

/** Checks the frame and the hash of a line. @param line without its line end @param key what its content is called */
export function unframe(line: Buffer, key: string): { text: string; hash: string } | { reason: string } {
  const end = line.length - AFTER_RECORD;
  if (end < RECORD_START || !hasFrame(line, key)) return { reason: 'not a journal line' };
  const bytes = line.subarray(RECORD_START, end);
  const digest = hash('sha256', bytes, 'base64url');
  if (line.toString('latin1', BEFORE_HASH.length, BEFORE_HASH.length + HASH_LENGTH) !== digest) {
    return { reason: 'its hash doesn’t match its content' };
  }
  return { text: line.toString('utf8', RECORD_START, end), hash: digest };
}

/** The result of {@link decodeLine}. */
export type DecodedLine = { record: JournalRecord; hash: string } | { reason: string };

/** Reads a line and checks its hash. @param line without its line end */
export function decodeLine(line: Buffer): DecodedLine {
  const found = unframe(line, RECORD);
  if ('reason' in found) return found;
  try {
    const record: unknown = JSON.parse(found.text);
    return isRecord(record) ? { record, hash: found.hash } : { reason: 'not a journal record' };
  } catch (error) {
    return { reason: `not JSON: ${(error as Error).message}` };
  }
}

/** Whether everything around hash and record is as it is written. Otherwise a changed byte there would go unnoticed. */
function hasFrame(line: Buffer, key: string): boolean {
  const isAt = (start: number, text: string) => line.toString('latin1', start, start + text.length) === text;
  const around = isAt(0, BEFORE_HASH) && isAt(BEFORE_HASH.length + HASH_LENGTH, `","${key}":`);
  return around && line[line.length - 1] === 0x7d;
}

function isRecord(value: unknown): value is JournalRecord {
  const { n, at, e, l = 1, from = n } = (value ?? {}) as Partial<JournalRecord>;
  const numbers = [n, l, from].every((number) => Number.isSafeInteger(number) && (number as number) > 0);
  return numbers && (from as number) <= (n as number) && typeof at === 'number' && Array.isArray(e);
}
