import { describe, expect, it } from 'vitest';
import { COLOR_MARK, jsonText, terminalLine } from '../../../src/cli/output/foreign-text.ts';

/** C0, C1, bidirectional controls, what nobody sees, in this order. */
const UNSAFE = '\0\n\u0007\u001b\u007f\u0085\u009b\u202e\u2066\u200f\u061c\u200b\u2060\u00ad\ufeff\u3164\u{e0041}';

describe('terminalLine', () => {
  it.each([...UNSAFE])('writes %j as its number', (char) => {
    const shown = terminalLine(`a${char}b`);
    expect(shown).toMatch(/^a\\u(?:[0-9a-f]{4}|\{[0-9a-f]{5}\})b$/);
    expect(shown).toContain(char.codePointAt(0)?.toString(16));
  });

  it('has only the colours that this program marked as its own', () => {
    expect(terminalLine(`${COLOR_MARK}[31mc${COLOR_MARK}[39m`)).toBe('\u001b[31mc\u001b[39m');
    expect(terminalLine('\u001b[31mc')).toBe('\\u001b[31mc');
    expect(terminalLine('\ufdd0x\ufdd1[31m')).not.toContain('\u001b');
  });

  it('leaves alone what people write', () => {
    for (const text of ['Grüße, Łódź', '👨‍👩‍👧 👍🏽 ❤️', 'می‌خواهم', 'क्‍ष', 'пример.рф', '日本ひらがな.jp.', '✓ a → b']) {
      expect(terminalLine(text)).toBe(text);
    }
  });

  it('shows a joiner where no script needs one', () => {
    expect(terminalLine('ali\u200dce.test')).toBe('ali\\u200dce.test');
    expect(terminalLine('али\u200cса.рф')).toBe('али\\u200cса.рф');
  });

  it('says of a name that mixes scripts what the DNS calls it, wherever it stands', () => {
    expect(terminalLine('\u0430lice.test → bob.test')).toBe('\u0430lice.test (xn--lice-43d.test) → bob.test');
    expect(terminalLine('"\u0440\u0430\u0443.com"')).toMatch(/ \(xn--.*\.com\)"$/);
    expect(terminalLine('münchen.example')).toBe('münchen.example');
  });
});

describe('jsonText', () => {
  it('is cut off', () => {
    expect(jsonText('x'.repeat(300), 10)).toBe('"xxxxxxxxx… (302 characters)');
  });
});
