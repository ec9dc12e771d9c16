/**
 * The path of a request target as the router reads it: without a query, also of the absolute form (RFC 9112, 3.2.2), and with
 * unneeded escapes decoded.
 */
export function pathOfTarget(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0] ?? '';
  try {
    return decodeURI(path);
  } catch {
    return path; // The router refuses it.
  }
}
