import { expect, it } from 'vitest';
import { bareToken } from '../../../src/cli/input/bare-token.ts';

it.each([
  ' a.b.c\t',
  '\u00a0a.b.c\u00a0',
  '\u200ba.b.c\u200b',
  '\ufeffa.b.c',
  '"a.b.c"',
  "'a.b.c'",
  'bearer a.b.c',
  'Bearer "a.b.c"',
  'Authorization: BEARER\ta.b.c',
  '"Authorization: Bearer a.b.c"',
])('finds the token in %j', (pasted) => {
  expect(bareToken(pasted)).toBe('a.b.c');
});

it('leaves what is inside a token', () => {
  expect(bareToken('a."b".\u200bc')).toBe('a."b".\u200bc');
});
