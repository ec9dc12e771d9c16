/** Is `value`, as `JSON.parse` gave it, an object (not an array, not `null`)? */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
