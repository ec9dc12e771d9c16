/** A requester with another time limit. */
import type { Requester } from './request.ts';

/** The same requester, connections included, with `timeout` milliseconds as the default limit of its calls. */
export function withTimeLimit(requester: Requester, timeout: number): Requester {
  return {
    timeout,
    get: (url, options) => requester.get(url, { timeout, ...options }),
    post: (url, body, options) => requester.post(url, body, { timeout, ...options }),
    send: (method, url, body, options) => requester.send(method, url, body, { timeout, ...options }),
    // The connections belong to the other requester.
    close: () => {},
  };
}
