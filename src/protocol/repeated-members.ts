/** Names that stand twice in a JSON object. A parser takes the last one; another takes the first, or refuses. */

const QUOTE = '"';

/**
 * The names of an object's own members that stand more than once, each once, in the order of the repetition.
 * @param json valid JSON of an object
 */
export function repeatedMembers(json: string): string[] {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  let depth = 0;
  let expectsName = false;
  for (let at = 0; at < json.length; at += 1) {
    const char = json[at];
    if (char === QUOTE) {
      const end = endOfString(json, at);
      if (depth === 1 && expectsName) {
        const name = JSON.parse(json.slice(at, end)) as string;
        if (seen.has(name)) repeated.add(name);
        seen.add(name);
        expectsName = false;
      }
      at = end - 1;
    } else if (char === '{' || char === '[') {
      depth += 1;
      expectsName = depth === 1;
    } else if (char === '}' || char === ']') depth -= 1;
    else if (char === ',') expectsName = depth === 1;
  }
  return [...repeated];
}

/** The place after the closing quote of the string that begins at `start`. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}
