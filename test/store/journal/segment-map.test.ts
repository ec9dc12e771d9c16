import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isMapLine, mapFromLine, SegmentMap, ShrunkLines } from '../../../src/store/journal/segment-map.ts';

/** Lines that became shorter, or are gone, with others between them. */
const anyLines = fc.array(
  fc.record({ between: fc.nat(900), was: fc.integer({ min: 20, max: 900 }), saved: fc.nat(19) }),
  {
    maxLength: 60,
  },
);

function mapOf(lines: { between: number; was: number; saved: number }[]): { map: SegmentMap; offsets: number[] } {
  const shrunk = new ShrunkLines();
  const offsets: number[] = [];
  let end = 0;
  for (const { between, was, saved } of lines) {
    offsets.push(end + between);
    shrunk.add(end + between, was, was - saved);
    end += between + was;
  }
  return { map: new SegmentMap(end, 7, shrunk), offsets };
}

it('is read as it was written', async () => {
  await fc.assert(
    fc.asyncProperty(anyLines, async (lines) => {
      const { map, offsets } = mapOf(lines);
      const line = await map.toLine();
      expect(isMapLine(line.subarray(0, -1))).toBe(true);
      const read = await mapFromLine(line.subarray(0, -1));
      expect(read).toMatchObject({ size: map.size, through: 7 });
      for (const offset of [0, ...offsets, ...offsets.map((at) => at + 20), map.size]) {
        expect(read?.place(offset)).toEqual(map.place(offset));
      }
      for (const offset of offsets) expect(read?.offsetOf(map.place(offset).start)).toBe(offset);
    }),
  );
});

it('has a hundred thousand lines, and is written and read in slices', async () => {
  const { map, offsets } = mapOf(
    Array.from({ length: 100_000 }, (_, n) => ({ between: n % 700, was: 600, saved: n % 19 })),
  );
  let turns = 0;
  const count = (): void => {
    turns += 1;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  const line = await map.toLine();
  const writing = turns;
  const read = await mapFromLine(line.subarray(0, -1));
  clearImmediate(next);
  expect(writing).toBeGreaterThan(10);
  expect(turns - writing).toBeGreaterThan(10);
  expect(offsets.map((offset) => read?.place(offset).start)).toEqual(offsets.map((offset) => map.place(offset).start));
});

it('is no map when a byte of it is another one', async () => {
  const line = (await mapOf([{ between: 1, was: 50, saved: 5 }]).map.toLine()).subarray(0, -1);
  for (let at = 0; at < line.length; at += 1) {
    const damaged = Buffer.from(line);
    damaged[at] = (damaged[at] as number) ^ 1;
    expect(isMapLine(damaged)).toBe(false);
    expect(await mapFromLine(damaged)).toBeNull();
  }
});
