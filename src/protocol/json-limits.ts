/** Checks the depth and the number of values of a JSON text before it is parsed: a short text can keep a parser busy for long. */

/** How much structure a JSON text may have. */
export interface JsonLimits {
  /** Objects and arrays within one another. */
  depth: number;
  /** Commas and opening brackets, of which every value but the first has one or the other, or both. */
  values: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/**
 * Which limit a JSON text goes beyond; null: none. It looks at each byte once and makes nothing of them. What isn't JSON may pass: the
 * parser refuses it.
 */
export function beyondLimits(json: Uint8Array, { depth, values }: JsonLimits): 'depth' | 'values' | null {
  let open = 0;
  let count = 1;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at] as number;
    if (byte === QUOTE) at = endOfString(json, at + 1);
    // `[` and `{`: 0x5b and 0x7b; `]` and `}`: 0x5d and 0x7d.
    else if ((byte | 0x20) === 0x7b) {
      open += 1;
      count += 1;
      if (open > depth) return 'depth';
    } else if ((byte | 0x20) === 0x7d) open -= 1;
    else if (byte === COMMA) count += 1;
    if (count > values) return 'values';
  }
  return null;
}

function endOfString(json: Uint8Array, start: number): number {
  let at = start;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}
