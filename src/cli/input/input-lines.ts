/** The lines of an input stream, in bounded memory. */
import { createReadStream, statSync } from 'node:fs';
import { encodingProblem } from '../../protocol/text-encoding.ts';
import { MAX_TOKEN_BYTES } from '../../protocol/token.ts';
import { usageError } from '../output/output.ts';

/** One line of input. */
export interface InputLine {
  /** Counted from 1, blank lines included, as an editor counts. */
  line: number;
  text: string;
}

/** A longer line can't be a token. It is cut right after the limit, so that the decoder reports its length. */
const MAX_LINE_BYTES = MAX_TOKEN_BYTES + 1;
const NEWLINE = 10;
/** So many bytes tell the encoding. */
const ENOUGH = 4;

/**
 * The non-blank lines of a stream, trimmed. Memory is bounded: at most one line is held, up to the length of a token.
 * @throws CloudilloError `usage.file` for UTF-16 and a byte order mark
 */
export async function* inputLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<InputLine> {
  let line = 0;
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  const take = (part: Uint8Array) => {
    const kept = part.subarray(0, MAX_LINE_BYTES - heldBytes);
    if (kept.length > 0) held.push(kept);
    heldBytes += kept.length;
  };
  const finish = (): string => {
    const [only] = held;
    // Most lines lie in one chunk and aren't copied.
    const bytes =
      held.length === 1 && only ? Buffer.from(only.buffer, only.byteOffset, heldBytes) : Buffer.concat(held);
    const text = bytes.toString('utf8').trim();
    held = [];
    heldBytes = 0;
    return text;
  };
  for await (const chunk of inUtf8(chunks)) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      take(chunk.subarray(start, end));
      start = end + 1;
      line += 1;
      const text = finish();
      if (text !== '') yield { line, text };
    }
    take(chunk.subarray(start));
  }
  const last = finish();
  if (last !== '') yield { line: line + 1, text: last };
}

/** How many non-blank lines a file has; null where that isn't known before it is read: standard input, or no plain file. */
export async function countLines(path: string | undefined): Promise<number | null> {
  if (path === undefined || !statSync(path).isFile()) return null;
  let count = 0;
  for await (const _ of inputLines(createReadStream(path))) count += 1;
  return count;
}

/** The same chunks, once the beginning of the stream is known to be UTF-8. */
async function* inUtf8(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let start: Uint8Array | null = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (start === null) {
      yield chunk;
      continue;
    }
    start = start.length === 0 ? chunk : Buffer.concat([start, chunk]);
    // A pipe may give the mark alone.
    if (start.length < ENOUGH) continue;
    yield assertUtf8(start);
    start = null;
  }
  if (start !== null) yield assertUtf8(start);
}

function assertUtf8(start: Uint8Array): Uint8Array {
  const problem = encodingProblem(start);
  if (problem === null) return start;
  throw usageError('usage.file', `The input ${problem}`, 'Tokens are ASCII, one a line');
}
