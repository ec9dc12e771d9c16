import { expect, it } from 'vitest';
import { typeProblem } from '../../src/protocol/json-object.ts';
import { parseProfile } from '../../src/protocol/profile.ts';

it.each([
  [undefined, 'number', 'createdAt is missing'],
  ['2026', 'number', 'createdAt is a string, number expected'],
  [null, 'string', 'createdAt is null, string expected'],
  [[], 'object', 'createdAt is an array, object expected'],
  [{}, 'array', 'createdAt is an object, array expected'],
  [5, 'number', null],
  [[], 'array', null],
] as const)('of %j where a %s is due says: %s', (value, wanted, problem) => {
  expect(typeProblem('createdAt', value, wanted)).toBe(problem);
});

it('is how a profile of another form is refused', () => {
  const profile = { idTag: 'bob.test', name: 'Bob', type: 'person', keys: [] };
  expect(() => parseProfile({ ...profile, keys: 'none' })).toThrow(/its list of keys is a string, array expected/);
  expect(() => parseProfile({ ...profile, keys: [{ keyId: 5 }] })).toThrow(/the keyId of key 1 is a number, string/);
  expect(() => parseProfile({ ...profile, keys: [{ keyId: 'a' }] })).toThrow(/the publicKey of key a is missing/);
});
