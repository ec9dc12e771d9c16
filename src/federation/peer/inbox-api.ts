import { unwrap } from '../../protocol/envelope.ts';
import type { PeerResponse } from '../http/peer-response.ts';
import type { Requester } from '../http/request.ts';
import { peerUrl } from './peer-url.ts';

export interface InboxOptions {
  /** Tokens that the main one names: the original of a REPOST, the CONV of an INVT, what an APRV approves. */
  related?: readonly string[] | undefined;
  /** Asks `/api/inbox/sync`, which verifies first and tells. The network takes no related tokens there. */
  sync?: boolean | undefined;
  timeout?: number | undefined;
  /** false: one attempt, for whoever comes back later anyway. Default: as the requester retries. */
  retry?: boolean | undefined;
}

export interface InboxAnswer {
  /** Any 2xx. From the network's `/api/inbox` it means queued, not verified. */
  status: number;
  /** The envelope's data; `null` when there is none. */
  data: unknown;
  response: PeerResponse;
}

export type PostInbox = (idTag: string, token: string, options?: InboxOptions) => Promise<InboxAnswer>;

/**
 * `POST /api/inbox` (specification: Inbox). Retried like a GET: a repeated token is answered like the first time.
 *
 * @throws CloudilloError as {@link Requester.post}
 */
export function createPostInbox(requester: Requester): PostInbox {
  return async (idTag, token, { related, sync, timeout, retry } = {}) => {
    const body = { token, ...(related?.length && { related }) };
    const url = peerUrl(idTag, sync ? '/api/inbox/sync' : '/api/inbox');
    const response = await requester.post(url, body, {
      idempotent: true,
      ...(timeout !== undefined && { timeout }),
      ...(retry === false && { retryPolicy: null }),
    });
    return { status: response.status, data: dataOf(response), response };
  };
}

/** The status has said it: an empty body, `null` or plain text doesn't undo an acceptance. */
function dataOf(response: PeerResponse): unknown {
  try {
    return unwrap(response.json()) ?? null;
  } catch {
    return null;
  }
}
