import { expect, it } from 'vitest';
import { decodeInTurns, decodeLine, framedLine, LONG } from '../../../src/store/journal/record-line.ts';

it.each([10, LONG - 200, LONG, 5 * LONG + 1])(
  'a line of %i characters in turns is the same as at once',
  async (length) => {
    const json = JSON.stringify({ n: 1, at: 2, e: ['é'.repeat(length / 2)] });
    const line = await framedLine('r', json);
    const bare = line.subarray(0, -1);
    const decoded = decodeLine(bare);
    expect(decoded).toMatchObject({ record: JSON.parse(json) });
    expect(await decodeInTurns(bare)).toEqual(decoded);
    for (const place of [0, 10, 60, bare.length - 10, bare.length - 1]) {
      const damaged = Buffer.from(bare);
      damaged[place] = (damaged[place] as number) ^ 1;
      expect(await decodeInTurns(damaged)).toHaveProperty('reason');
      expect(await decodeInTurns(damaged)).toEqual(decodeLine(damaged));
    }
  },
);
