import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../src/protocol/keys.ts';
import { createToken, decodeToken } from '../../src/protocol/token.ts';
import { beginningOf, isWellFormed, isWellFormedJson } from '../../src/protocol/well-formed.ts';

/** As UTF-8 takes it: what isn't well-formed doesn't come back. */
const survives = (text: string) => Buffer.from(text).toString() === text;

/** Half characters too, which fast-check's own texts have none of. */
const halves = fc.array(fc.constantFrom('\ud83d', '\ude00', 'a', '\\ud800')).map((parts) => parts.join(''));
const texts = fc.oneof(fc.string({ unit: 'binary' }), halves);

it('text is well-formed when UTF-8 can say it', () => {
  fc.assert(fc.property(texts, (text) => void expect(isWellFormed(text)).toBe(survives(text))));
});

it('JSON is well-formed when all its text is, names too', () => {
  expect(isWellFormedJson({ a: ['x', { b: '😀', c: null, d: 5, e: '\\ud800' }] })).toBe(true);
  for (const bad of ['\ud800', ['\udfff'], { a: [{ b: 'x\ud83d' }] }, { '\ude00': 1 }])
    expect(isWellFormedJson(bad)).toBe(false);
});

it('the beginning of a text cuts no character in half', () => {
  expect(beginningOf('ab😀', 3)).toBe('ab');
  expect(beginningOf('ab😀', 4)).toBe('ab😀');
  expect(beginningOf('\ud83dx', 5)).toBe('\ufffdx');
  fc.assert(
    fc.property(texts, fc.nat(40), (text, length) => {
      const beginning = beginningOf(text, length);
      expect(isWellFormed(beginning)).toBe(true);
      expect(beginning.length).toBeLessThanOrEqual(length);
      if (isWellFormed(text) && text.length <= length) expect(beginning).toBe(text);
    }),
  );
});

describe('a token with half a character in it', () => {
  const { privateKey } = generateKeyPair();
  const claims = { iss: 'bob.test', k: '1', t: 'POST', iat: 1 };

  it.each([{ c: '\ud800' }, { c: { '\udfff': 1 } }, { sub: 'x\ud83d' }])('isn’t made: %#', async (bad) => {
    await expect(createToken({ ...claims, ...bad }, privateKey)).rejects.toMatchObject({ code: 'token.malformed' });
  });

  it.each(['{"c":"\\ud800"}', '{"\\udfff":1}', '{"c":[{"a":"\\ude00\\ud83d"}]}'])('isn’t taken: %s', (payload) => {
    const token = `e30.${Buffer.from(payload).toString('base64url')}.AAAA`;
    expect(() => decodeToken(token)).toThrow(expect.objectContaining({ code: 'token.malformed' }));
  });

  it('whole ones are, escaped or not, and a backslash is one', () => {
    const payload = '{"c":"\\ud83d\\ude00 😀 \\\\ud800"}';
    const token = `e30.${Buffer.from(payload).toString('base64url')}.AAAA`;
    expect(decodeToken(token).claims.c).toBe('😀 😀 \\ud800');
  });
});
