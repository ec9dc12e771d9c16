import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OrderedLists } from '../../../src/store/index/ordered-lists.ts';

const step = fc.record({ number: fc.nat(30), list: fc.nat(2), key: fc.nat(5) });

it('keeps each list in order of the key, and numbers of one key by themselves', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const keys = new Map<number, number>();
      const lists = new OrderedLists((number) => keys.get(number) ?? 0);
      const places = new Map<number, number>();
      for (const { number, list, key } of steps) {
        const before = places.get(number);
        if (before !== undefined) lists.remove(before, number);
        keys.set(number, key);
        places.set(number, list);
        lists.insert(list, number);
      }
      for (const list of [0, 1, 2]) {
        const mine = [...places].filter(([, each]) => each === list).map(([number]) => number);
        const sorted = mine.sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0) || a - b);
        expect([...lists.of(list)]).toEqual(sorted);
        expect([...lists.latest(list)]).toEqual([...sorted].reverse());
        expect(lists.first(list)).toBe(sorted[0] ?? -1);
      }
    }),
    { numRuns: 500 },
  );
});

it('looks at the ends of a list only, for what belongs there', () => {
  let looked = 0;
  const lists = new OrderedLists((number) => {
    looked += 1;
    return number;
  });
  for (let number = 1; number <= 5000; number += 1) lists.insert(0, number);
  looked = 0;
  lists.insert(0, 0);
  lists.insert(0, 5001);
  expect(looked).toBeLessThan(10);
  expect(lists.first(0)).toBe(0);
  expect([...lists.of(0)].at(-1)).toBe(5001);
});
