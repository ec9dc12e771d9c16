/** The methods of requests to other instances. */

/** All methods, in the order of help texts. */
export const HTTP_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** A method of a request to another instance. */
export type HttpMethod = (typeof HTTP_METHODS)[number];

/** Methods whose requests have a body, if only an empty one (RFC 9110, 8.6). */
export function hasBody(method: HttpMethod): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH';
}

/** Methods that ask and change nothing (RFC 9110, 9.2.1): they may be sent again. */
export function isSafe(method: HttpMethod): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}
