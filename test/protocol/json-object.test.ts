import { expect, it } from 'vitest';
import { parseJsonObject } from '../../src/protocol/json-object.ts';

it('is the object of a JSON text, and null for any other text', () => {
  expect(parseJsonObject('{"a":[1]}')).toEqual({ a: [1] });
  for (const text of ['', '{', 'null', '[]', '"a"', '1', 'not json']) expect(parseJsonObject(text), text).toBeNull();
});
