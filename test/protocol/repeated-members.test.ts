import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repeatedMembers } from '../../src/protocol/repeated-members.ts';

describe('repeatedMembers', () => {
  it.each<[string, string[]]>([
    ['{"a":1,"b":2,"a":3,"a":4}', ['a']],
    ['{ "a" : "x\\"" , "\\u0061" : [{"a":1}] }', ['a']],
    ['{"a":{"b":1,"b":2},"c":["a","a"],"b":"a"}', []],
    ['{}', []],
  ])('%s: %j', (json, names) => {
    expect(repeatedMembers(json)).toEqual(names);
  });

  it('finds none in what JSON.stringify writes, and each that is written again', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), (value) => {
        const json = JSON.stringify(value);
        expect(repeatedMembers(json)).toEqual([]);
        const [name] = Object.keys(value) as [string];
        expect(repeatedMembers(`${json.slice(0, -1)},${JSON.stringify(name)}:0}`)).toEqual([name]);
      }),
    );
  });
});
