/** The lines of a log: the SHA-256 of the text, a space, the text, a line end. */
import { hash } from 'node:crypto';

const HASH_LENGTH = 43;
const TEXT_START = HASH_LENGTH + 1;
const NEWLINE = 0x0a;

/** The format of a log: its name and version, and the codec of its records. */
export interface LogKind<T> {
  name: string;
  /** It is raised when an older program could not read the records. A log of another version is set aside. */
  version: number;
  /** A record as one line, without its line end. */
  encode(record: T): string;
  /** A record from its text; null when the text is none. */
  decode(text: string): T | null;
}

/** A line with its hash. @param text one line, without its line end */
export function checkedLine(text: string): string {
  return `${hash('sha256', text, 'base64url')} ${text}\n`;
}

/** The first line of each segment. */
export function headerLine({ name, version }: Pick<LogKind<unknown>, 'name' | 'version'>): string {
  return checkedLine(JSON.stringify({ log: name, version }));
}

/** The content of a segment. */
export interface ReadSegment<T> {
  records: T[];
  /** The end of the last good line. The bytes behind it are a write that was cut off. */
  end: number;
  /** The fault of the header or of a whole line; null when there is none. */
  problem: string | null;
}

/** Reads the lines of a segment. A bad line is skipped. */
export function readLines<T>(bytes: Buffer, kind: LogKind<T>): ReadSegment<T> {
  const header = headerLine(kind);
  if (bytes.length === 0) return { records: [], end: 0, problem: null };
  if (bytes.toString('utf8', 0, header.length) !== header) {
    return { records: [], end: 0, problem: `it doesn't begin as a log of ${kind.name}, version ${kind.version}` };
  }
  const found: ReadSegment<T> = { records: [], end: header.length, problem: null };
  let bad: string | null = null;
  for (let start = header.length; ; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    // Bytes without a line end are a write that was cut off. A whole line that is bad is damage, also at the end.
    if (newline < 0) return { ...found, problem: bad };
    const record = recordIn(bytes.subarray(start, newline), kind);
    if (record === null) {
      bad ??= `no good record at ${start}`;
    } else {
      found.records.push(record);
      found.end = newline + 1;
    }
    start = newline + 1;
  }
}

function recordIn<T>(line: Buffer, kind: LogKind<T>): T | null {
  const text = line.subarray(TEXT_START);
  if (line.toString('latin1', 0, TEXT_START) !== `${hash('sha256', text, 'base64url')} `) return null;
  try {
    return kind.decode(text.toString('utf8'));
  } catch {
    // Its hash is right: another version of this program wrote it.
    return null;
  }
}
