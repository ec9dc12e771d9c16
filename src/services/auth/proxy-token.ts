/** Access tokens for the owner's programs, of this home or of a peer. */
import { jwtClaims } from '../../federation/peer/jwt-expiry.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { parseIdTag } from '../../protocol/id-tag.ts';
import type { Deps } from '../runtime/deps.ts';
import { OWNER_ROLES, type ReadToken } from './access-token.ts';
import { reissueToken } from './session.ts';

/** An access token and its known rights. */
export interface ProxyToken {
  token: string;
  roles?: readonly string[];
}

/**
 * Gets an access token for the owner's programs: one of this home, or one that the peer's instance issues to this
 * identity.
 * @throws CloudilloError `usage.id-tag`; `permission.denied` when the peer refuses; when it can't be reached `dns.*` …
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
    throw new CloudilloError('permission.denied', `${target} refuses to issue a token to ${tenant}`, {
      stage: 'permission',
      cause,
    });
  }
}
