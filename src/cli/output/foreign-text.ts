/** Makes text from elsewhere safe for the terminal. */
import { domainToASCII } from 'node:url';
import { escaped, printableJson, UNPRINTABLE } from '../../protocol/printable.ts';

/**
 * Stands for the escape character in the program's own colours until a line is written. The mark is random, so that no text from
 * elsewhere can contain it.
 */
export const COLOR_MARK = `\ufdd0${Math.random().toString(36).slice(2)}\ufdd1`;

/**
 * Makes one line safe for a terminal, whoever wrote parts of it: a peer, a file, a certificate. All text for people goes through
 * here, on stdout and on stderr. Controls, line ends and invisible characters are written as `\u001b`. A name that mixes scripts
 * is followed by its DNS form.
 */
export function terminalLine(text: string): string {
  if (PLAIN.test(text)) return text;
  const safe = text.replace(UNPRINTABLE, escaped);
  const named = LETTER_BEYOND_ASCII.test(safe) ? safe.replace(NAME, withDnsForm) : safe;
  return named.replaceAll(COLOR_MARK, '\u001b');
}

/**
 * ASCII, dashes, quotes, arrows and symbols: nothing in it is invisible or a letter that could be taken for another. Most lines are
 * that, and the expressions for the others take a millisecond to compile.
 */
const PLAIN = /^[ -~\u2010-\u2027\u2030-\u205e\u2190-\u2bff]*$/;

/** A value as compact JSON on a line of its own, safe for a terminal. */
export function jsonLine(value: unknown): string {
  const text = JSON.stringify(value);
  return `${PLAIN.test(text) ? text : printableJson(text)}\n`;
}

/** A value as JSON on one line, cut after `limit` characters. */
export function jsonText(value: unknown, limit = 200): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > limit ? `${text.slice(0, limit)}… (${text.length} characters)` : text;
}

const LETTER_BEYOND_ASCII = /(?![a-z])\p{L}/iu;
/**
 * A possible host name: labels of letters, marks and digits. It doesn't begin after a character that is written as its number.
 */
const NAME = /(?<![\p{L}\p{M}\p{N}\\-])[\p{L}\p{N}][\p{L}\p{M}\p{N}-]*(?:\.[\p{L}\p{M}\p{N}-]+)+/gu;

/**
 * Appends the DNS form to names that mix scripts: Latin letters among Cyrillic ones imitate a known name
 * (https://www.unicode.org/reports/tr39/, 5.1).
 */
function withDnsForm(name: string): string {
  if (!mixesScripts(name)) return name;
  const ascii = domainToASCII(name);
  return ascii === '' || ascii === name ? name : `${name} (${ascii})`;
}

/** Scripts with similar letters. Those of East Asia resemble no others, and stand beside Latin ones (Table 1a, there). */
const SCRIPTS = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /[^\P{L}\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Common}\p{Script=Inherited}]/u,
];

function mixesScripts(name: string): boolean {
  return SCRIPTS.filter((script) => script.test(name)).length > 1;
}
