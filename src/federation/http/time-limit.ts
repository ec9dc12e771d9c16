import type { Requester } from './request.ts';

/** The same requester, its connections included, whose calls may take `timeout` milliseconds unless they say otherwise. */
export function withTimeLimit(requester: Requester, timeout: number): Requester {
  return {
    timeout,
    get: (url, options) => requester.get(url, { timeout, ...options }),
    post: (url, body, options) => requester.post(url, body, { timeout, ...options }),
    // The connections aren't this one's to close.
    close: () => {},
  };
}
