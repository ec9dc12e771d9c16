/** Fetches recent actions from the outbox of a peer (specification: Outbox). */
import { unwrap } from '../../protocol/envelope.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Requester } from '../http/request.ts';
import { peerUrl } from './peer-url.ts';

/** A signed action with the tokens that it names. It is not verified. */
export interface OutboxItem {
  token: string;
  related: string[];
}

/** Which actions to fetch. */
export interface OutboxOptions {
  bearer?: string | undefined;
  /** Unix seconds, exclusive. */
  since?: number | undefined;
  limit?: number | undefined;
}

/** Fetches the outbox of an identity. */
export type FetchOutbox = (idTag: string, options?: OutboxOptions) => Promise<OutboxItem[]>;

/** Room for 100 tokens. Most have a few hundred bytes. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Makes a client for `GET /api/outbox`: recent actions that the caller may read, oldest first (specification: Outbox).
 * @throws CloudilloError as {@link Requester.get}, `peer.invalid`
 */
export function createFetchOutbox(requester: Requester): FetchOutbox {
  return async (idTag, { bearer, since, limit } = {}) => {
    const response = await requester.get(peerUrl(idTag, '/api/outbox', { since, limit }), {
      maxBytes: MAX_BYTES,
      ...(bearer !== undefined && { bearer }),
    });
    const items = (unwrap(response.json()) as { items?: unknown } | null)?.items;
    if (!Array.isArray(items)) throw invalid(idTag, 'a list of items');
    return items.map((item) => readItem(item, idTag));
  };
}

function readItem(item: unknown, idTag: string): OutboxItem {
  const { token, related } = (item ?? {}) as { token?: unknown; related?: unknown };
  if (typeof token !== 'string') throw invalid(idTag, 'a token in each item');
  const tokens: unknown[] = Array.isArray(related) ? related : [];
  return { token, related: tokens.filter((entry) => typeof entry === 'string') };
}

function invalid(idTag: string, missing: string): CloudilloError {
  return new CloudilloError('peer.invalid', `The outbox of ${idTag} came without ${missing}`, {
    stage: 'response',
    details: { idTag },
  });
}
