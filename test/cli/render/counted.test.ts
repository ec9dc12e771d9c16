import { expect, it } from 'vitest';
import { counted } from '../../../src/cli/render/counted.ts';

it.each([
  [0, '0 tokens'],
  [1, '1 token'],
  [2, '2 tokens'],
])('counts %i', (count, text) => {
  expect(counted(count, 'token')).toBe(text);
});
