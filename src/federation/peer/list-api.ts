/** Fetches lists of actions from a peer. */
import { unwrap } from '../../protocol/envelope.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { isJsonObject } from '../../protocol/json-object.ts';
import type { Requester } from '../http/request.ts';
import type { ActionView } from './action-api.ts';
import { peerUrl } from './peer-url.ts';

/** A page of a peer's list, newest first. Nothing in it is verified. */
export interface ListedActions {
  views: ActionView[];
  /** null: this was the last page. */
  nextCursor: string | null;
  /** The peer's clock, unix milliseconds; null when it doesn't say. */
  time: number | null;
}

/** Which actions to list. */
export interface ListOptions {
  bearer: string;
  /** Unix seconds, exclusive. */
  createdAfter?: number | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** Fetches one page of an identity's actions. */
export type ListActions = (idTag: string, options: ListOptions) => Promise<ListedActions>;

/** Room for a hundred views. Each may repeat 50,000 bytes of content. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Makes a client for `GET /api/actions` (specification: Lists of actions).
 * @throws CloudilloError as {@link Requester.get}, `peer.invalid`
 */
export function createListActions(requester: Requester): ListActions {
  return async (idTag, { bearer, createdAfter, limit, cursor, signal }) => {
    const response = await requester.get(peerUrl(idTag, '/api/actions', { createdAfter, limit, cursor }), {
      maxBytes: MAX_BYTES,
      bearer,
      ...(signal && { signal }),
    });
    const json = response.json();
    const data = unwrap(json);
    if (!Array.isArray(data)) {
      throw new CloudilloError('peer.invalid', `${idTag} did not answer with a list of actions`, {
        stage: 'response',
        details: { idTag },
      });
    }
    const { cursorPagination: page, time } = json as { cursorPagination?: unknown; time?: unknown };
    const next = isJsonObject(page) && page['hasMore'] === true ? page['nextCursor'] : null;
    const now = typeof time === 'string' ? Date.parse(time) : Number.NaN;
    return {
      views: data.filter(isJsonObject),
      nextCursor: typeof next === 'string' && next !== cursor ? next : null,
      time: Number.isNaN(now) ? null : now,
    };
  };
}
