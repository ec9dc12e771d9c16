import { describe, expect, it } from 'vitest';
import { beyondLimits } from '../../src/protocol/json-limits.ts';

const LIMITS = { depth: 3, values: 6 };
const look = (json: string) => beyondLimits(Buffer.from(json), LIMITS);

describe('a look at JSON before it is parsed', () => {
  it.each([
    ['a value', '1'],
    ['as deep as allowed', '[{"a":[1]}]'],
    ['as many as allowed', '[1,2,3,4,5]'],
    ['brackets in a string', '"[[[[[[{{{{,,,,,,,,,"'],
    ['a string with an escaped quote', String.raw`"\"[[[[[["`],
    ['a string that ends in a backslash', String.raw`["\\",[["x"]]]`],
    ['nothing', ''],
    ['what ends in a string', '"[[[['],
  ])('lets %s pass', (_what, json) => {
    expect(look(json)).toBeNull();
  });

  it.each([
    ['arrays', '[[[[1]]]]'],
    ['objects', '{"a":{"a":{"a":{}}}}'],
    ['both, after a string', String.raw`["\\",[{"a":[1]}]]`],
    ['what isn’t JSON', '[[[['],
  ])('finds too deep: %s', (_what, json) => {
    expect(look(json)).toBe('depth');
  });

  it.each([
    ['elements', '[1,2,3,4,5,6]'],
    ['empty arrays', '[[],[],[],[]]'],
    ['members', '{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}'],
  ])('finds too many: %s', (_what, json) => {
    expect(look(json)).toBe('values');
  });
});
