import { jwtClaims } from '../../federation/peer/jwt-expiry.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { parseIdTag } from '../../protocol/id-tag.ts';
import type { Deps } from '../runtime/deps.ts';
import { OWNER_ROLES, type ReadToken } from './access-token.ts';
import { reissueToken } from './session.ts';

/** A token to read with, and what it is known to allow. */
export interface ProxyToken {
  token: string;
  roles?: readonly string[];
}

/**
 * For the owner's programs that read elsewhere: an access token of ours, or one that the other instance gives to this identity.
 * @throws CloudilloError `usage.id-tag`; `permission.denied` when the other side refuses; when it can't be reached `dns.*` …
 */
export async function proxyToken(
  deps: Pick<Deps, 'identities' | 'clock' | 'accessTokens'>,
  { tenant, held, peer }: { tenant: string; held: ReadToken; peer?: string | undefined },
): Promise<ProxyToken> {
  const target = peer === undefined ? tenant : parseIdTag(peer);
  if (target === tenant) return { token: await reissueToken(deps, tenant, held), roles: OWNER_ROLES };
  try {
    const token = await deps.accessTokens.get(tenant, target);
    const roles = jwtClaims(token)?.['r'];
    return { token, ...(typeof roles === 'string' && { roles: roles.split(',') }) };
  } catch (cause) {
    if (!(cause instanceof CloudilloError) || cause.code !== 'peer.refused') throw cause;
    throw new CloudilloError('permission.denied', `${target} refuses to let ${tenant} in`, {
      stage: 'permission',
      cause,
    });
  }
}
