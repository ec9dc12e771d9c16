import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type InputLine, inputLines } from '../../../src/cli/input/input-lines.ts';
import { MAX_TOKEN_BYTES } from '../../../src/protocol/token.ts';

async function linesOf(...chunks: Uint8Array[]): Promise<InputLine[]> {
  async function* source() {
    yield* chunks;
  }
  const lines: InputLine[] = [];
  for await (const line of inputLines(source())) lines.push(line);
  return lines;
}

describe('inputLines', () => {
  it('gives the same lines however the bytes are cut', async () => {
    const text = fc.array(fc.constantFrom('a', 'bc', 'ü', '\n', '\r\n', ' ', '')).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(20)), async (input, cuts) => {
        const bytes = Buffer.from(input);
        const chunks: Buffer[] = [];
        let start = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(start, start + cut));
          start += cut;
        }
        const expected = input
          .split('\n')
          .map((line, index) => ({ line: index + 1, text: line.trim() }))
          .filter((line) => line.text !== '');
        expect(await linesOf(...chunks, bytes.subarray(start))).toEqual(expected);
      }),
    );
  });

  it('holds no more of a line than a token may have', async () => {
    const chunk = Buffer.alloc(100_000, 'a');
    const lines = await linesOf(...Array.from({ length: 50 }, () => chunk), Buffer.from('\nnext'));
    expect(lines.map(({ line, text }) => [line, text.length])).toEqual([
      [1, MAX_TOKEN_BYTES + 1],
      [2, 4],
    ]);
  });
});
