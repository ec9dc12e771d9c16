import { Column } from '../../src/store/index/column.ts';

/**
 * How many values of the index's columns some work reads. Where twice as many rows make it twice as many, the work looks at all there ever
 * was; no clock is needed to tell.
 */
export async function valuesRead(work: () => unknown): Promise<number> {
  const { at } = Column.prototype;
  let read = 0;
  Column.prototype.at = function (position) {
    read += 1;
    return at.call(this, position);
  };
  try {
    await work();
  } finally {
    Column.prototype.at = at;
  }
  return read;
}
