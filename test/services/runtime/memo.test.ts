import { expect, test } from 'vitest';
import { createMemo } from '../../../src/services/runtime/memo.ts';

test('a call is made once, also when it failed, until so many others came that it is forgotten', async () => {
  const made: string[] = [];
  const once = createMemo<string>(2);
  const ask = (key: string) =>
    once(key, async () => {
      made.push(key);
      if (key === 'bad') throw new Error('no');
      return key;
    });
  expect(await Promise.all([ask('a'), ask('a')])).toEqual(['a', 'a']);
  for (let n = 0; n < 2; n += 1) await expect(ask('bad')).rejects.toThrow();
  expect(made).toEqual(['a', 'bad']);
  await ask('c');
  await ask('a');
  expect(made).toEqual(['a', 'bad', 'c', 'a']);
});
