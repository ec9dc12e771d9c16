import { unwrap } from '../../protocol/envelope.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { isJsonObject } from '../../protocol/json-object.ts';
import type { Requester } from '../http/request.ts';
import type { ActionView } from './action-api.ts';
import { peerUrl } from './peer-url.ts';

/** A page of what a peer lists, newest first. Nothing of it is verified. */
export interface ListedActions {
  views: ActionView[];
  /** Null: this was the last page. */
  nextCursor: string | null;
  /** The other side's clock, unix milliseconds; null when it doesn't tell. */
  time: number | null;
}

export interface ListOptions {
  bearer: string;
  /** Unix seconds, exclusive. */
  createdAfter?: number | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
  signal?: AbortSignal | undefined;
}

export type ListActions = (idTag: string, options: ListOptions) => Promise<ListedActions>;

/** A hundred views, of which each may repeat 50,000 bytes of content. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * `GET /api/actions` (specification: Lists of actions).
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
