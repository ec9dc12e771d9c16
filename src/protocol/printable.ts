/**
 * C0 and C1 controls (escape sequences that move the cursor or retitle the terminal), line separators, and the bidi
 * controls that make a name read backwards. Whatever a peer or a token says goes through here before a terminal sees it.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
export const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Foreign text, safe to print on one line: control characters are written as `\u001b`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Foreign JSON on one line, cut off after `limit` characters. */
export function printableJson(value: unknown, limit = 200): string {
  const text = printable(JSON.stringify(value) ?? 'undefined');
  return text.length > limit ? `${text.slice(0, limit)}… (${text.length} characters)` : text;
}
