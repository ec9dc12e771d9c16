import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RowSet } from '../../../src/store/index/row-set.ts';

const row = fc.oneof(fc.nat(70), fc.nat(3000), fc.constantFrom(31, 32, 1023, 1024, 32_767, 32_768, 1_000_000));
const step = fc.record({ add: fc.boolean(), row });

it('is a set in order, from either end', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), row, (steps, place) => {
      const rows = new RowSet();
      const model = new Set<number>();
      for (const { add, row: each } of steps) {
        if (add) rows.add(each);
        else rows.delete(each);
        if (add) model.add(each);
        else model.delete(each);
      }
      const sorted = [...model].sort((a, b) => a - b);
      expect(rows.size).toBe(model.size);
      expect([...rows.rows('oldest')]).toEqual(sorted);
      expect([...rows.rows('newest')]).toEqual([...sorted].reverse());
      expect(rows.from(place)).toBe(sorted.find((each) => each >= place) ?? -1);
      expect(rows.upTo(place)).toBe(sorted.filter((each) => each <= place).at(-1) ?? -1);
      expect(rows.has(place)).toBe(model.has(place));
    }),
    { numRuns: 500 },
  );
});

it('may be changed by whoever goes through it', () => {
  const rows = new RowSet();
  for (const each of [1, 40, 2000]) rows.add(each);
  const seen: number[] = [];
  for (const each of rows.rows('oldest')) {
    seen.push(each);
    rows.delete(each);
  }
  expect(seen).toEqual([1, 40, 2000]);
  expect(rows.size).toBe(0);
});
