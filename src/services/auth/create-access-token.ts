import { CloudilloError } from '../../protocol/errors.ts';
import type { Deps } from '../runtime/deps.ts';
import { ownIdentity } from '../runtime/own-identity.ts';
import { ACCESS_TTL, issueAccessToken } from './access-token.ts';
import { assertScope } from './scope.ts';

/** A year: what is to last longer is an API key, which is listed and can be revoked. Seconds. */
const MAX_TTL = 366 * 86_400;

/** A token for a script, by the right of whoever may use the home. */
export interface CreateTokenInput {
  as?: string | undefined;
  /** `file:<id>:R|C|W`; absent: whatever the owner may. */
  scope?: string | undefined;
  /** Unix seconds; default an hour from now. */
  expiresAt?: number | undefined;
}

/** The token, and what it is good for. */
export interface CreatedToken {
  idTag: string;
  token: string;
  scope?: string;
  /** Unix seconds. */
  expiresAt: number;
}

/** @throws CloudilloError `usage.scope`, `usage.ttl`, `home.identity-missing`, `usage.as`, `key.*` (the secret that signs) */
export async function createAccessToken(
  deps: Pick<Deps, 'identities' | 'clock'>,
  { as, scope, expiresAt }: CreateTokenInput,
): Promise<CreatedToken> {
  const { idTag } = await ownIdentity(deps.identities, as);
  assertScope(scope);
  const now = Math.floor(deps.clock.wall() / 1000);
  const ttl = expiresAt === undefined ? ACCESS_TTL : expiresAt - now;
  if (!Number.isInteger(ttl) || ttl < 1 || ttl > MAX_TTL) {
    throw new CloudilloError('usage.ttl', 'A token lasts from a second to a year', {
      stage: 'input',
      hint: `Make an API key for what is to last longer: cloudillo api-key create --as ${idTag}`,
    });
  }
  const token = await issueAccessToken(deps, { tenant: idTag, subject: idTag, owner: true, scope, ttl });
  return { idTag, token, ...(scope !== undefined && { scope }), expiresAt: now + ttl };
}
