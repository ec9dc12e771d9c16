/** Half of a surrogate pair, alone. JavaScript's strings may hold one, UTF-8 can't. */
const LONE_SURROGATE = /\p{Cs}/u;

/** Whether the text is well-formed Unicode, as other languages demand it. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/**
 * Whether all text in this JSON value is well-formed, the names of properties included. JSON can write half a surrogate pair
 * (`"\ud800"`). Most parsers, the network's server's among them, refuse a whole document for one such character.
 */
export function isWellFormedJson(value: unknown): boolean {
  if (typeof value === 'string') return isWellFormed(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, child]) => isWellFormed(name) && isWellFormedJson(child));
}

/**
 * The beginning of a text: at most so many UTF-16 units. No character is cut in half, and a lone surrogate is replaced by U+FFFD.
 */
export function beginningOf(text: string, length: number): string {
  const beginning = text.slice(0, length);
  const cut = text.length > length && /[\uD800-\uDBFF]$/.test(beginning);
  return (cut ? beginning.slice(0, -1) : beginning).replaceAll(/\p{Cs}/gu, '\uFFFD');
}
