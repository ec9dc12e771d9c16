/** Whether `value`, as `JSON.parse` returned it, is an object: neither an array nor `null`. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object that a text is as JSON; null for any other text. */
export function parseJsonObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : null;
  } catch {
    // Whoever asks says what the text should have been, or takes no notice of it.
    return null;
  }
}

/** The types that fields of answers have. */
export type JsonType = 'string' | 'number' | 'boolean' | 'array' | 'object';

/** Why a field isn't of the type that it has to be, as a sentence: it is missing, or what it is. null: it is of that type. */
export function typeProblem(name: string, value: unknown, wanted: JsonType): string | null {
  if (value === undefined) return `${name} is missing`;
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  if (type === wanted) return null;
  return `${name} is ${type === 'null' ? type : withArticle(type)}, ${wanted} expected`;
}

function withArticle(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}
