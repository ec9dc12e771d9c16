/** Sends one request to a peer for debugging. */
import type { HttpMethod } from '../../federation/http/http-method.ts';
import type { PeerResponse } from '../../federation/http/peer-response.ts';
import type { Requester } from '../../federation/http/request.ts';

/** One request of a command. */
export interface PeerRequest {
  method: HttpMethod;
  url: string;
  /** The body, sent byte for byte. */
  body?: Uint8Array | undefined;
  headers?: Record<string, string>;
  /** The access token to send. */
  bearer?: string | undefined;
  maxBytes: number;
}

/** All statuses but redirects are answers to show, not errors. */
const ANSWERS: readonly number[] = [...range(200, 300), ...range(400, 600)];

/**
 * Sends one request without retries: this very request is debugged.
 * @throws CloudilloError `usage.url`, `dns.*`, `network.*`, `tls.*`; never for a status
 */
export function peerRequest(
  { requester }: { requester: Requester },
  { method, url, body, headers = {}, bearer, maxBytes }: PeerRequest,
): Promise<PeerResponse> {
  const options = { headers, maxBytes, expect: ANSWERS, retryPolicy: null, ...(bearer !== undefined && { bearer }) };
  return requester.send(method, url, body, options);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
