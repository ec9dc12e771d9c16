/**
 * Makes text from elsewhere safe to print. Characters that may not reach a terminal are C0 and C1 controls (escape sequences move
 * the cursor or set the terminal's title), line separators, the bidirectional controls that make a name read backwards, and
 * invisible characters. A zero-width joiner stays where scripts and emoji need one.
 */
export const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression looks for them
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]|(?<!\p{M}|\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Script=Arabic})[\u200c\u200d]/gu;

/** Text from elsewhere, safe to print on one line. A character that isn't printable is written as `\u001b`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** Writes one character as an escape: `\u001b`, as in JSON, or `\u{e0041}` beyond the first plane. */
export function escaped(char: string): string {
  const hex = (char.codePointAt(0) ?? 0).toString(16);
  return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
}
