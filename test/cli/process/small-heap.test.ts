import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { preferSmallHeapWhenQuiet } from '../../../src/cli/process/small-heap.ts';

it('asks for a small heap when the process is quiet, and for a large one when it is busy', async () => {
  const flags: string[] = [];
  let told: () => void = () => {};
  preferSmallHeapWhenQuiet((flag) => {
    flags.push(flag);
    told();
  });
  await new Promise<void>((resolve) => {
    told = resolve;
  });
  expect(flags).toEqual(['--optimize-for-size']);
  while (flags.length === 1) await setImmediate();
  expect(flags).toEqual(['--optimize-for-size', '--no-optimize-for-size']);
});
