import { unwrap } from '../../protocol/envelope.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Requester } from '../http/request.ts';
import { peerUrl } from './peer-url.ts';

export type GetAccessToken = (idTag: string, proxyToken: string, scope?: string) => Promise<string>;

/** An access token goes into a header: anything but these characters could smuggle in another one. */
const BEARER = /^[A-Za-z0-9._~+/-]{1,8192}=*$/;

/**
 * Exchanges a PROXY token for an access token (specification: Access tokens). The token travels in the query: no message and no
 * detail of an error shows it.
 *
 * @throws CloudilloError as {@link Requester.get}, `peer.invalid`
 */
export function createGetAccessToken(requester: Requester): GetAccessToken {
  return async (idTag, proxyToken, scope) => {
    const response = await requester.get(peerUrl(idTag, '/api/auth/access-token', { token: proxyToken, scope }));
    const token = (unwrap(response.json()) as { token?: unknown } | null)?.token;
    if (typeof token === 'string' && BEARER.test(token)) return token;
    throw new CloudilloError('peer.invalid', `${idTag} answered the token exchange without an access token`, {
      stage: 'response',
      details: { idTag },
    });
  };
}
