import { describe, expect, it } from 'vitest';
import { encodingProblem, utf8Text } from '../../src/protocol/text-encoding.ts';

const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe('utf8Text', () => {
  it.each<[string, Buffer]>([
    ['UTF-16, little end first, with its mark', Buffer.from('\ufeffabc', 'utf16le')],
    ['UTF-16, big end first, with its mark', utf16be('\ufeffabc')],
    ['UTF-16 without a mark', Buffer.from('abc', 'utf16le')],
    ['UTF-16, big end first, without a mark', utf16be('abc')],
  ])('names %s', (_what, bytes) => {
    expect(encodingProblem(bytes)).toContain('UTF-16');
    expect(() => utf8Text(bytes)).toThrow('UTF-16');
  });

  it('names a byte order mark', () => {
    expect(() => utf8Text(Buffer.from('\ufeff{"a":1}'))).toThrow('BOM');
  });

  it.each(['', 'a', 'Grüße 👍', '\0\0\0\0', 'a\ufeffb'])('takes %j as it is', (text) => {
    expect(utf8Text(Buffer.from(text))).toBe(text);
  });
});
