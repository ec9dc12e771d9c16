import { domainToASCII } from 'node:url';
import { describe, expect, it } from 'vitest';
import { COLOR_MARK, jsonLine, jsonText, terminalLine } from '../../../src/cli/output/foreign-text.ts';
import { UNPRINTABLE as EACH } from '../../../src/protocol/printable.ts';

/** Without its place of the last search. */
const UNPRINTABLE = new RegExp(EACH.source, EACH.flags.replace('g', ''));

/** C0, C1, bidirectional controls, what nobody sees, in this order. */
const UNSAFE =
  '\0\n\u0007\u001b\u007f\u0085\u009b\u202e\u2066\u200f\u061c\u200b\u2060\u00ad\ufeff\u3164\u{e0041}\u034f\u17b4\ufe00\u{e0101}\ufff0\u{1d173}\u{e0fff}';

describe('jsonLine', () => {
  it('is one line with none of it raw, and parses to the same', () => {
    const value = { [UNSAFE]: [UNSAFE, 'Grüße 👨‍👩‍👧'] };
    const line = jsonLine(value);
    expect([...UNSAFE].filter((char) => line.slice(0, -1).includes(char))).toEqual([]);
    expect(line).toContain('Grüße 👨‍👩‍👧');
    expect(JSON.parse(line)).toEqual(value);
  });
});

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
    for (const text of [
      'Grüße, Łódź',
      '👨‍👩‍👧 👍🏽 ❤️ 1\ufe0f\u20e3',
      '葛\u{e0100}',
      '\u1820\u180b',
      'می‌خواهم',
      'क्‍ष',
      'пример.рф',
      '日本ひらがな.jp.',
      '✓ a → b',
    ]) {
      expect(terminalLine(text)).toBe(text);
    }
  });

  it('finds whatever is invisible, or a letter of another script, among all characters', () => {
    const all = Array.from({ length: 0x10000 }, (_, code) => String.fromCodePoint(code));
    expect(all.filter((char) => UNPRINTABLE.test(char) && terminalLine(char) === char)).toEqual([]);
    const mixed = all.filter((char) => /(?=\p{L})[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(char));
    expect(mixed.length).toBeGreaterThan(400);
    const names = mixed.map((char) => `a${char}.test`).filter((name) => domainToASCII(name) !== '');
    expect(names.filter((name) => terminalLine(name) === name)).toEqual([]);
  });

  it('shows a joiner where no script needs one', () => {
    expect(terminalLine('ali\u200dce.test')).toBe('ali\\u200dce.test');
    expect(terminalLine('али\u200cса.рф')).toBe('али\\u200cса.рф');
  });

  it('shows a variation selector behind a character that has no variants', () => {
    expect(terminalLine('ali\ufe0fce1\ufe0f.test')).toBe('ali\\ufe0fce1\\ufe0f.test');
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
