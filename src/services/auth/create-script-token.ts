/** Makes access tokens for the owner's scripts. */
import { CloudilloError } from '../../protocol/errors.ts';
import { actingTenant } from '../runtime/acting-tenant.ts';
import type { Deps } from '../runtime/deps.ts';
import { ACCESS_TTL, issueAccessToken } from './access-token.ts';
import { assertScope } from './scope.ts';

/** The longest lifetime, a year. For more there are API keys, which are listed and can be revoked. Seconds. */
const MAX_TTL = 366 * 86_400;

/** The options of a token for a script. Access to the home is the right to make one. */
export interface CreateTokenInput {
  as?: string | undefined;
  /** A file scope, `file:<id>:R|C|W`; absent: all rights of the owner. */
  scope?: string | undefined;
  /** The expiry, unix seconds; default an hour from now. */
  expiresAt?: number | undefined;
}

/** The token and its rights. */
export interface CreatedToken {
  idTag: string;
  token: string;
  scope?: string;
  /** The expiry, unix seconds. */
  expiresAt: number;
}

/**
 * Makes an access token of the owner.
 * @throws CloudilloError `usage.scope`, `usage.ttl`, `home.identity-missing`, `usage.as`, `key.*` (the secret that
 * signs)
 */
export async function createAccessToken(
  deps: Pick<Deps, 'identities' | 'clock'>,
  { as, scope, expiresAt }: CreateTokenInput,
): Promise<CreatedToken> {
  const { idTag } = await actingTenant(deps.identities, as);
  assertScope(scope);
  const now = Math.floor(deps.clock.wall() / 1000);
  const ttl = expiresAt === undefined ? ACCESS_TTL : expiresAt - now;
  if (!Number.isInteger(ttl) || ttl < 1 || ttl > MAX_TTL) {
    throw new CloudilloError('usage.ttl', 'A token lasts from a second to a year', {
      stage: 'input',
      hint: `For a longer time make an API key: cloudillo api-key create --as ${idTag}`,
    });
  }
  const token = await issueAccessToken(deps, { tenant: idTag, subject: idTag, owner: true, scope, ttl });
  return { idTag, token, ...(scope !== undefined && { scope }), expiresAt: now + ttl };
}
