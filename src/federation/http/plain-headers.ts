/** Which headers of a request can be shown. */

/** Headers whose values say nothing about anybody. All others may hold secrets. */
const PLAIN = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-type',
  'if-none-match',
  'if-modified-since',
  'range',
  'user-agent',
]);

/** Whether the value of a header can be shown. */
export function isPlainHeader(name: string): boolean {
  return PLAIN.has(name.toLowerCase());
}
