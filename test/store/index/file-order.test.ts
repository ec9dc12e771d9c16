import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FileOrder } from '../../../src/store/index/file-order.ts';
import type { FileOrderKey, FileRow } from '../../../src/store/model/rows.ts';

const file = (fileId: string, at: number): FileRow => ({ fileId, descriptor: '', fileName: '', contentType: '', at });
const row = fc.record({ fileId: fc.constantFrom('a', 'b', 'c', 'd', 'e'), at: fc.nat(4) });
const place = fc.option(fc.record({ value: fc.nat(4), fileId: fc.constantFrom('a', 'c', 'e') }), { nil: null });

/** What it should be: everything looked at each time. */
function listed(rows: Iterable<FileRow>, after: FileOrderKey | null, descending: boolean): FileRow[] {
  const sign = descending ? -1 : 1;
  const compare = (a: FileOrderKey, b: FileOrderKey) =>
    sign * (Number(a.value) - Number(b.value) || (a.fileId < b.fileId ? -1 : a.fileId > b.fileId ? 1 : 0));
  const at = ({ at: value, fileId }: FileRow) => ({ value, fileId });
  const sorted = [...rows].sort((a, b) => compare(at(a), at(b)));
  return sorted.filter((each) => after === null || compare(at(each), after) > 0);
}

it('lists from any place in either direction as a look at all would, also after changes', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 20 }), fc.nat(20), place, fc.boolean(), (rows, first, after, descending) => {
      const order = new FileOrder(({ at }) => at);
      const all = new Map<string, FileRow>();
      for (const [index, { fileId, at }] of rows.entries()) {
        // From then on it is kept in order.
        if (index === first)
          expect([...order.from(all.values(), null, false)]).toEqual(listed(all.values(), null, false));
        const made = file(fileId, at);
        order.put(made, all.get(fileId));
        all.set(fileId, made);
      }
      expect([...order.from(all.values(), after, descending)]).toEqual(listed(all.values(), after, descending));
    }),
    { numRuns: 500 },
  );
});

it('looks at the page only', () => {
  let looked = 0;
  const order = new FileOrder(({ at }) => {
    looked += 1;
    return at;
  });
  const rows = Array.from({ length: 4096 }, (_, n) => file(`${n}`, n));
  [...order.from(rows, null, false)].at(0);
  looked = 0;
  const page: number[] = [];
  for (const { at } of order.from(rows, { value: 2000, fileId: '2000' }, true)) {
    page.push(at);
    if (page.length === 3) break;
  }
  expect(page).toEqual([1999, 1998, 1997]);
  expect(looked).toBeLessThan(30);
});
