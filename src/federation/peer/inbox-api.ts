/** Sends actions to the inbox of a peer (specification: Inbox). */
import { wireErrorOf } from '../../protocol/envelope.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { parseIso } from '../../protocol/iso-time.ts';
import { isJsonObject, parseJsonObject } from '../../protocol/json-object.ts';
import { foreignHint } from '../http/peer-error.ts';
import type { PeerResponse } from '../http/peer-response.ts';
import type { Requester } from '../http/request.ts';
import { requestIdOf } from '../http/request-id.ts';
import { peerUrl } from './peer-url.ts';

/** How an action is sent. */
export interface InboxOptions {
  /** The tokens that the main one names: the original of a REPOST, the CONV of an INVT, the subject of an APRV. */
  related?: readonly string[] | undefined;
  /** Send to `/api/inbox/sync`, which verifies before it answers. The network accepts no related tokens there. */
  sync?: boolean | undefined;
  timeout?: number | undefined;
  /** false: one attempt, when the caller itself tries again later. Default: as the requester retries. */
  retry?: boolean | undefined;
}

/** The answer of an inbox. */
export interface InboxAnswer {
  /** A 2xx. From the network's `/api/inbox` it means queued, not verified. */
  status: number;
  /** The envelope's data; `null` when there is none. */
  data: unknown;
  /** The peer's ID of the request. */
  requestId?: string | undefined;
  /** The peer keeps the action unverified, and tries again then (specification: Parked tokens). Unix milliseconds. */
  parkedUntil?: number | undefined;
  response: PeerResponse;
}

/** Sends a token to the inbox of an identity. */
export type PostInbox = (idTag: string, token: string, options?: InboxOptions) => Promise<InboxAnswer>;

/**
 * Makes a client for `POST /api/inbox` (specification: Inbox). It is retried like a GET, because a repeated token gets the same
 * answer.
 * @throws CloudilloError as {@link Requester.post}; `peer.invalid` for a 2xx that isn't the answer of an inbox
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
    const envelope = envelopeOf(response);
    const data = envelope['data'] ?? null;
    const requestId = requestIdOf(response.headers['x-request-id'], envelope['reqId']);
    return { status: response.status, data, requestId, parkedUntil: parkedUntilOf(data), response };
  };
}

/** When the peer tries again to verify what it took. Any other text is no time. */
function parkedUntilOf(data: unknown): number | undefined {
  const time = isJsonObject(data) ? data['parkedUntil'] : undefined;
  const at = typeof time === 'string' ? parseIso(time) : Number.NaN;
  return Number.isFinite(at) ? at : undefined;
}

/**
 * The envelope of an acceptance, empty where there is none: any 2xx accepts (specification: Inbox). A page and the envelope of an error don't. A
 * sign-in page in front of the server answers every request with 200, and what counted as delivered then would be lost.
 * @throws CloudilloError `peer.invalid`, retryable
 */
function envelopeOf(response: PeerResponse): Record<string, unknown> {
  const text = response.body.toString('utf8');
  const type = response.headers['content-type'] ?? 'a body of no type';
  const envelope = parseJsonObject(text) ?? {};
  const isPage = /^(?:text\/html|application\/xhtml)/i.test(type) || text.trimStart().startsWith('<');
  if (!isPage && wireErrorOf(envelope) === null) return envelope;
  const { host, pathname } = new URL(response.url);
  throw new CloudilloError(
    'peer.invalid',
    `${host} answered ${response.status} to POST ${pathname} with ${type}, not as an inbox does`,
    {
      stage: 'response',
      retryable: true,
      hint: foreignHint(host),
      details: { host, path: pathname, status: response.status, ...bodyOf(response) },
    },
  );
}

/** The excerpt of a body that is no JSON, and who answered. */
function bodyOf(response: PeerResponse): Record<string, unknown> {
  try {
    response.json();
    return {};
  } catch (error) {
    const { body, answeredBy } = (error as CloudilloError).details ?? {};
    return { ...(body !== undefined && { body }), ...(answeredBy !== undefined && { answeredBy }) };
  }
}
