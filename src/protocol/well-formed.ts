/** Half of a pair, alone: JavaScript's strings may hold one, UTF-8 can't. */
const LONE_SURROGATE = /\p{Cs}/u;

/** Is it text, as every other language's strings hold it? */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/**
 * Is all text in this JSON value well-formed, the names of properties too? JSON can write half a surrogate pair (`"\ud800"`), and
 * most parsers, the network's server's among them, then refuse all that it is in: a whole list for one comment in it.
 */
export function isWellFormedJson(value: unknown): boolean {
  if (typeof value === 'string') return isWellFormed(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, child]) => isWellFormed(name) && isWellFormedJson(child));
}

/** The beginning of a text: so many UTF-16 units at most, no character cut in half, and what is no character replaced by U+FFFD. */
export function beginningOf(text: string, length: number): string {
  const beginning = text.slice(0, length);
  const cut = text.length > length && /[\uD800-\uDBFF]$/.test(beginning);
  return (cut ? beginning.slice(0, -1) : beginning).replaceAll(/\p{Cs}/gu, '\uFFFD');
}
