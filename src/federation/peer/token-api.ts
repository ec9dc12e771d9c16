/** Exchanges PROXY tokens for access tokens. */
import { unwrap } from '../../protocol/envelope.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Requester } from '../http/request.ts';
import { peerUrl } from './peer-url.ts';

/** Exchanges a PROXY token at an identity for an access token. */
export type GetAccessToken = (idTag: string, proxyToken: string, scope?: string) => Promise<string>;

/** The characters of an access token. It goes into a header: any others could smuggle in another header. */
const BEARER = /^[A-Za-z0-9._~+/-]{1,8192}=*$/;

/**
 * Makes a client for the token exchange (specification: Access tokens). The token travels in the query, so no message and no
 * detail of an error shows it.
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
