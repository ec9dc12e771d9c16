import { expect, it } from 'vitest';
import { answerTime } from '../../../src/server/http/answer-time.ts';

it('is the time of the clock in whole seconds, forwards and backwards', () => {
  let now = 0;
  const time = answerTime(() => now);
  const told = [0, 999, 1000, 1999, 61_000, 500].map((ms) => {
    now = ms;
    return time();
  });
  const at = (rest: string) => `1970-01-01T00:${rest}Z`;
  expect(told).toEqual([at('00:00'), at('00:00'), at('00:01'), at('00:01'), at('01:01'), at('00:00')]);
});
