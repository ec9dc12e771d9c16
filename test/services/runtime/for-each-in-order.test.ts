import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forEachInOrder } from '../../../src/services/runtime/for-each-in-order.ts';

/** Promises that the test resolves when it wants. */
function gates(count: number) {
  return Array.from({ length: count }, () => {
    let open!: () => void;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    return { open, opened };
  });
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('forEachInOrder', () => {
  it('emits in the order of the items, whatever the order of completion, and never works on more than the limit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(3)), fc.integer({ min: 1, max: 5 }), async (delays, limit) => {
        const out: number[] = [];
        let running = 0;
        const work = async (index: number) => {
          running += 1;
          expect(running).toBeLessThanOrEqual(limit);
          for (let n = 0; n < delays[index]!; n++) await turn();
          running -= 1;
          return index;
        };
        await forEachInOrder(delays.keys(), limit, work, (result) => void out.push(result));
        expect(out).toEqual([...delays.keys()]);
      }),
      { numRuns: 60 },
    );
  });

  it('emits a result before the next item is there', async () => {
    const [second] = gates(1);
    async function* live() {
      yield 1;
      await second!.opened;
      yield 2;
    }
    const out: number[] = [];
    const done = forEachInOrder(
      live(),
      10,
      async (n) => n,
      (n) => void out.push(n),
    );
    await turn();
    expect(out).toEqual([1]);
    second!.open();
    await done;
    expect(out).toEqual([1, 2]);
  });

  it('holds no more than the limit while the output is slow', async () => {
    let read = 0;
    function* endless() {
      for (;;) yield ++read;
    }
    const [drain] = gates(1);
    const emit = async () => {
      await drain!.opened;
      throw new Error('enough');
    };
    const done = forEachInOrder(endless(), 4, async (n) => n, emit);
    for (let n = 0; n < 20; n++) await turn();
    expect(read).toBeLessThanOrEqual(5);
    drain!.open();
    await expect(done).rejects.toThrow('enough');
  });

  it('ends with the first failure of the output, even while the input waits', async () => {
    async function* silent() {
      yield 1;
      await new Promise(() => {});
    }
    const emit = () => {
      throw new Error('closed');
    };
    await expect(forEachInOrder(silent(), 4, async (n) => n, emit)).rejects.toThrow('closed');
  });

  it('ends with the first failure of the work or of the input, and emits nothing after it', async () => {
    const out: number[] = [];
    const work = async (n: number) => {
      if (n === 2) throw new Error('work');
      return n;
    };
    await expect(forEachInOrder([1, 2, 3], 1, work, (n) => void out.push(n))).rejects.toThrow('work');
    expect(out).toEqual([1]);
    async function* broken() {
      yield 1;
      throw new Error('input');
    }
    await expect(
      forEachInOrder(
        broken(),
        2,
        async (n) => n,
        () => {},
      ),
    ).rejects.toThrow('input');
  });
});
