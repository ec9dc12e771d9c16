import { describe, expect, it } from 'vitest';
import { withRows } from '../../../src/cli/output/row-writer.ts';

const text = (row: string) => () => row;

describe('withRows', () => {
  it('writes many rows at a time, in order, all of them', async () => {
    const written: string[] = [];
    const rows = Array.from({ length: 5000 }, (_, n) => `row ${n} ${'x'.repeat(50)}`);
    const result = await withRows({ write: async (block) => void written.push(block) }, false, async (row) => {
      for (const each of rows) await row(null, text(each));
      return 'done';
    });
    expect(result).toBe('done');
    expect(written.join('')).toBe(rows.map((row) => `${row}\n`).join(''));
    expect(written.length).toBeLessThan(20);
  });

  it('writes values with JSON, and never makes their text', async () => {
    const written: string[] = [];
    const write = async (block: string) => void written.push(block);
    await withRows({ write }, true, async (row) => row({ a: 1 }, () => expect.fail('made')));
    expect(written).toEqual(['{"a":1}\n']);
  });

  it('writes a row soon, also when no further one comes', async () => {
    let arrived!: () => void;
    const written = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const result = await withRows({ write: async () => arrived() }, false, async (row) => {
      await row(null, text('one'));
      await written; // The run ends only after its row was seen.
      return 'seen';
    });
    expect(result).toBe('seen');
  });

  it('ends with a failed write at once, even when the run waits for ever', async () => {
    const write = () => Promise.reject(new Error('closed'));
    const run = withRows({ write }, false, async (row) => {
      await row(null, text('one'));
      await new Promise(() => {});
    });
    await expect(run).rejects.toThrow('closed');
  });

  it('holds the run back while the reader is slow', async () => {
    let drain!: () => void;
    const drained = new Promise<void>((resolve) => {
      drain = resolve;
    });
    let made = 0;
    const run = withRows({ write: () => drained }, false, async (row) => {
      for (; made < 1000; made++) await row(null, text('x'.repeat(1000)));
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(made).toBeLessThan(40);
    drain();
    await run;
    expect(made).toBe(1000);
  });
});
