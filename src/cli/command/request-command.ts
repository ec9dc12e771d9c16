/** Sends the request of `get` and `request`. */
import type { HttpMethod } from '../../federation/http/http-method.ts';
import type { PeerResponse } from '../../federation/http/peer-response.ts';
import type { Observer } from '../../protocol/observer.ts';
import { peerRequest } from '../../services/inspect/peer-request.ts';
import type { Settings } from '../../store/settings/settings.ts';
import { parseHeader } from '../flags/request-flags.ts';
import type { RequestTarget } from '../flags/request-target.ts';
import { openPeerAccess } from '../home/open-peer-access.ts';
import { bareToken } from '../input/bare-token.ts';
import { readText } from '../input/read-input.ts';
import { usageError } from '../output/output.ts';

/** A request that was typed. */
export interface RequestOrder {
  method: HttpMethod;
  target: RequestTarget;
  body?: Uint8Array;
  /** `Name: value`. */
  headers: readonly string[];
  contentType?: string;
  as: string | undefined;
  bearerFile: string | undefined;
  observer: Observer;
}

/** The largest answer, which is held in memory and shown. There are other commands for files. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Sends one request, signed in on demand.
 * @throws CloudilloError `usage.*`, `home.*`, `key.*`, and as the request module; never for a status
 */
export async function sendRequest(home: string, settings: Settings, order: RequestOrder): Promise<PeerResponse> {
  const { method, target, body, as, bearerFile } = order;
  const headers = {
    ...(order.contentType !== undefined && { 'Content-Type': order.contentType }),
    ...Object.fromEntries(order.headers.map(parseHeader)),
  };
  const given = bearerFile === undefined ? undefined : bareToken(await readText(bearerFile));
  if (as !== undefined && target.idTag === null) {
    throw usageError('usage.as', `${new URL(target.url).host} is no identity's host, so that signing in is impossible`);
  }
  const peer = await openPeerAccess(home, settings, order.observer);
  try {
    // Without `as` the name of the peer isn't used.
    return await peer.ask(as, target.idTag ?? '', (bearer = given) =>
      peerRequest(peer, { method, url: target.url, body, headers, bearer, maxBytes: MAX_BYTES }),
    );
  } finally {
    await peer.close();
  }
}
