import { hash } from 'node:crypto';
import type { JournalEvent, JournalRecord } from '../events.ts';

/** A line is `{"h":"<43 characters>","r":<record>}\n`; the hash is over the exact bytes of the record. */
const BEFORE_HASH = '{"h":"';
const HASH_LENGTH = 43;
const BEFORE_RECORD = '","r":';
const RECORD_START = BEFORE_HASH.length + HASH_LENGTH + BEFORE_RECORD.length;
const AFTER_RECORD = 1;

/** A record as it will be written, without its number: that is known only when it's its turn. */
export function encodeEvents(at: number, events: readonly JournalEvent[]): string {
  return `,"at":${at},"e":${JSON.stringify(events)}}`;
}

/** @param tail of {@link encodeEvents} */
export function encodeLine(n: number, tail: string): { line: string; hash: string } {
  const record = `{"n":${n}${tail}`;
  const digest = hash('sha256', record, 'base64url');
  return { line: `${BEFORE_HASH}${digest}${BEFORE_RECORD}${record}}\n`, hash: digest };
}

/** What {@link decodeLine} makes of a line. */
export type DecodedLine = { record: JournalRecord; hash: string } | { reason: string };

/** @param line without its line end */
export function decodeLine(line: Buffer): DecodedLine {
  const head = line.toString('latin1', 0, RECORD_START);
  if (line.length < RECORD_START + AFTER_RECORD || !head.startsWith(BEFORE_HASH) || !head.endsWith(BEFORE_RECORD)) {
    return { reason: 'not a journal line' };
  }
  const bytes = line.subarray(RECORD_START, line.length - AFTER_RECORD);
  const digest = head.slice(BEFORE_HASH.length, BEFORE_HASH.length + HASH_LENGTH);
  if (hash('sha256', bytes, 'base64url') !== digest) return { reason: 'its hash doesn’t match its content' };
  if (line[line.length - 1] !== 0x7d) return { reason: 'not a journal line' };
  try {
    const record: unknown = JSON.parse(bytes.toString('utf8'));
    return isRecord(record) ? { record, hash: digest } : { reason: 'not a journal record' };
  } catch (error) {
    return { reason: `not JSON: ${(error as Error).message}` };
  }
}

function isRecord(value: unknown): value is JournalRecord {
  const { n, at, e } = (value ?? {}) as Partial<JournalRecord>;
  return Number.isSafeInteger(n) && (n as number) > 0 && typeof at === 'number' && Array.isArray(e);
}
