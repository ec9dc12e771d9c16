/**
 * The path of a request target as the router reads it: without a query, in absolute form too (RFC 9112, 3.2.2), and with the
 * escapes undone that make no difference.
 */
export function pathOfTarget(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0] ?? '';
  try {
    return decodeURI(path);
  } catch {
    return path; // The router refuses it.
  }
}
