/** Whether `value`, as `JSON.parse` returned it, is an object: neither an array nor `null`. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
