/**
 * Makes text from elsewhere safe to print. Characters that may not reach a terminal are C0 and C1 controls (escape sequences move
 * the cursor or set the terminal's title), line separators, the bidirectional controls that make a name read backwards, and
 * invisible characters, all that Unicode calls ignorable. Joiners and variation selectors stay where scripts and emoji need them.
 */
export const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression looks for them
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufff9-\ufffb]|(?!\u200c|\u200d|\p{Variation_Selector})\p{Default_Ignorable_Code_Point}|(?<!\p{M}|\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Script=Arabic})[\u200c\u200d]|(?<!\p{Extended_Pictographic}|[0-9#*](?=\ufe0f\u20e3)|\p{Script=Han}|\p{Script=Mongolian})\p{Variation_Selector}/gu;

/** Text from elsewhere, safe to print on one line. A character that isn't printable is written as `\u001b`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** Writes one character as an escape: `\u001b`, as in JSON, or `\u{e0041}` beyond the first plane. */
export function escaped(char: string): string {
  const hex = (char.codePointAt(0) ?? 0).toString(16);
  return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
}

/**
 * A line of JSON, safe to print. JSON itself escapes only the controls below U+0020. It means the same to whoever parses it. A line
 * end stays where it is: none can be inside.
 */
export function printableJson(text: string): string {
  return text.replace(UNPRINTABLE, (char) => (char === '\n' ? char : jsonEscaped(char)));
}

/** Writes a character as JSON escapes, one a UTF-16 unit. */
function jsonEscaped(char: string): string {
  return Array.from({ length: char.length }, (_, at) => escaped(String.fromCharCode(char.charCodeAt(at)))).join('');
}
