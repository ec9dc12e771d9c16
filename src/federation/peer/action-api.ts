/** Fetches actions from a peer. */
import { actionId as idOfToken } from '../../protocol/content-id.ts';
import { unwrap } from '../../protocol/envelope.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { isJsonObject } from '../../protocol/json-object.ts';
import type { PeerResponse } from '../http/peer-response.ts';
import type { Requester } from '../http/request.ts';
import { getEither } from './either-path.ts';
import { isTemporaryId, pathId, peerUrl } from './peer-url.ts';

/** An action as a peer shows it. Only its shape as an object is checked. The signed content is in the token. */
export type ActionView = Record<string, unknown>;

/** A fetched action. */
export interface FetchedAction {
  view: ActionView;
  /** The signed action, byte for byte; `null` when the peer doesn't give it. */
  token: string | null;
  /**
   * Whether the token hashes to the ID that was asked for. It is false without a token and for temporary IDs. It says nothing
   * about the signature.
   */
  verifiedId: boolean;
  response: PeerResponse;
}

/** Room for a token (512 KiB) in JSON, and for the view, which repeats the content. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Fetches one action by its ID. */
export type FetchAction = (
  idTag: string,
  actionId: string,
  options?: { bearer?: string | undefined },
) => Promise<FetchedAction>;

/**
 * Makes a client for `GET /api/actions/:id`, and `/api/action/:id` on 404. When the view has no token, the list is asked for it
 * (specification: Views).
 * @throws CloudilloError as {@link Requester.get}, `usage.content-id`, `peer.invalid`, `peer.mismatch`
 */
export function createFetchAction(requester: Requester): FetchAction {
  return async (idTag, actionId, { bearer } = {}) => {
    const id = pathId(actionId, 'a1');
    const options = { maxBytes: MAX_BYTES, ...(bearer !== undefined && { bearer }) };
    const response = await getEither(
      (path) => requester.get(peerUrl(idTag, path), options),
      `/api/actions/${id}`,
      `/api/action/${id}`,
    );
    const view = readView(unwrap(response.json()), idTag);
    const own = tokenOf(view);
    const token = own ?? (await listedToken(requester, idTag, viewId(view) ?? id, options));
    return { view, token, verifiedId: verifyId(id, view, token, idTag), response };
  };
}

function readView(data: unknown, idTag: string): ActionView {
  if (isJsonObject(data)) return data;
  throw new CloudilloError('peer.invalid', `${idTag} did not answer with an action`, {
    stage: 'response',
    details: { idTag },
  });
}

async function listedToken(
  requester: Requester,
  idTag: string,
  id: string,
  options: { maxBytes: number; bearer?: string },
): Promise<string | null> {
  if (isTemporaryId(id)) return null;
  let response: PeerResponse;
  try {
    response = await requester.get(peerUrl(idTag, '/api/actions', { actionId: id, includeTokens: 'true' }), options);
  } catch (error) {
    // A server may have no list, or may not let the caller read it. The result then has no token.
    if (error instanceof CloudilloError && error.code === 'peer.refused' && !error.retryable) return null;
    throw error;
  }
  const data = unwrap(response.json());
  const rows: unknown[] = Array.isArray(data) ? data : [];
  const row = rows.find((entry) => (entry as ActionView | null)?.['actionId'] === id);
  return row ? tokenOf(row as ActionView) : null;
}

function verifyId(asked: string, view: ActionView, token: string | null, idTag: string): boolean {
  if (isTemporaryId(asked)) return false;
  const shown = viewId(view);
  if (shown !== null && shown !== asked) throw mismatch(idTag, asked, shown);
  if (token === null) return false;
  const actual = idOfToken(token);
  if (actual !== asked) throw mismatch(idTag, asked, actual);
  return true;
}

function viewId(view: ActionView): string | null {
  const id = view['actionId'];
  return typeof id === 'string' ? id : null;
}

function tokenOf(view: ActionView): string | null {
  const token = view['token'];
  return typeof token === 'string' && token !== '' ? token : null;
}

function mismatch(idTag: string, asked: string, actual: string): CloudilloError {
  return new CloudilloError('peer.mismatch', `${idTag} answered another action than ${asked}`, {
    stage: 'response',
    hint: 'An ID is the hash of the signed action: what that server holds under it was changed or mixed up.',
    details: { idTag, asked, actual: actual.slice(0, 80) },
  });
}
