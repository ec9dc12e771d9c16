import { domainToASCII } from 'node:url';
import { escaped, UNPRINTABLE } from '../../protocol/printable.ts';

/**
 * Stands for the escape character in our own colours until a line leaves: that one is not taken from text, which may be a peer's. It is
 * another one in each process, so that nobody writes it into a text either.
 */
export const COLOR_MARK = `\ufdd0${Math.random().toString(36).slice(2)}\ufdd1`;

/**
 * One line for a terminal, whoever had a say in it: a peer, a file, a certificate. All text for people goes through here, on stdout and on
 * stderr. Controls, line ends and what nobody sees are written as `\u001b`; a name that mixes scripts is followed by the form that the DNS
 * knows.
 */
export function terminalLine(text: string): string {
  const safe = text.replace(UNPRINTABLE, escaped);
  const named = LETTER_BEYOND_ASCII.test(safe) ? safe.replace(NAME, withDnsForm) : safe;
  return named.replaceAll(COLOR_MARK, '\u001b');
}

/** JSON for a line, cut off after `limit` characters. */
export function jsonText(value: unknown, limit = 200): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > limit ? `${text.slice(0, limit)}… (${text.length} characters)` : text;
}

const LETTER_BEYOND_ASCII = /(?![a-z])\p{L}/iu;
/** What may be the name of a host: labels of letters, marks and digits. Not what follows a character that is written as its number. */
const NAME = /(?<![\p{L}\p{M}\p{N}\\-])[\p{L}\p{N}][\p{L}\p{M}\p{N}-]*(?:\.[\p{L}\p{M}\p{N}-]+)+/gu;

/** Latin letters among Cyrillic ones look like a name that somebody knows: https://www.unicode.org/reports/tr39/ (5.1) */
function withDnsForm(name: string): string {
  if (!mixesScripts(name)) return name;
  const ascii = domainToASCII(name);
  return ascii === '' || ascii === name ? name : `${name} (${ascii})`;
}

/** Scripts whose letters look alike. Those of East Asia look like no others, and stand beside Latin ones (Table 1a, there). */
const SCRIPTS = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /[^\P{L}\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Common}\p{Script=Inherited}]/u,
];

function mixesScripts(name: string): boolean {
  return SCRIPTS.filter((script) => script.test(name)).length > 1;
}
