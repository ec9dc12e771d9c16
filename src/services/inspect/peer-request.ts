import type { PeerResponse } from '../../federation/http/peer-response.ts';
import type { Requester } from '../../federation/http/request.ts';

/** One request made by hand. */
export interface PeerRequest {
  method: 'GET' | 'POST';
  url: string;
  /** Of a POST: sent as these bytes. */
  body?: Uint8Array | undefined;
  headers?: Record<string, string>;
  /** Access token. */
  bearer?: string | undefined;
  maxBytes: number;
}

/** Every status but redirects is an answer to show, not an error to explain. */
const ANSWERS: readonly number[] = [...range(200, 300), ...range(400, 600)];

/**
 * Sends one request, once: what is debugged is this request, not the one after a retry.
 * @throws CloudilloError `usage.url`, `dns.*`, `network.*`, `tls.*`; never for a status
 */
export function peerRequest(
  { requester }: { requester: Requester },
  { method, url, body, headers = {}, bearer, maxBytes }: PeerRequest,
): Promise<PeerResponse> {
  const options = { headers, maxBytes, expect: ANSWERS, retryPolicy: null, ...(bearer !== undefined && { bearer }) };
  return method === 'GET' ? requester.get(url, options) : requester.post(url, body ?? new Uint8Array(), options);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
