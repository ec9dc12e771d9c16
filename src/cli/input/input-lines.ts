import { MAX_TOKEN_BYTES } from '../../protocol/token.ts';

/** One line of input. */
export interface InputLine {
  /** Counted from 1, blank lines included, as an editor counts. */
  line: number;
  text: string;
}

/** A longer line can't be a token. It is cut off just past the limit, so that what decodes it says that it is too long. */
const MAX_LINE_BYTES = MAX_TOKEN_BYTES + 1;
const NEWLINE = 10;

/**
 * The lines of a stream that aren't blank, trimmed. Memory is bounded whatever comes: no more than one line is held, and no
 * more of that than a token may have.
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
    // Most lines lie in one chunk: no copy for those.
    const bytes =
      held.length === 1 && only ? Buffer.from(only.buffer, only.byteOffset, heldBytes) : Buffer.concat(held);
    const text = bytes.toString('utf8').trim();
    held = [];
    heldBytes = 0;
    return text;
  };
  for await (const chunk of chunks) {
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
