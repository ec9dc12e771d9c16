/** Exchanges PROXY tokens for access tokens (specification: Access tokens). */
import { splitType } from '../../protocol/action-types.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { decodeToken } from '../../protocol/token.ts';
import type { InboxDeps, Sender } from '../inbox/inbox-deps.ts';
import { verifyArrival } from '../inbox/verify-arrival.ts';
import type { Deps } from '../runtime/deps.ts';
import { notForYou } from '../runtime/read-errors.ts';
import { issueAccessToken } from './access-token.ts';
import { assertScope } from './scope.ts';

/** The longest validity of a PROXY token: it is used at once, and a stolen one must expire soon. Seconds. */
const MAX_PROXY_AGE = 300;

/** A PROXY token to exchange. */
export interface ExchangeInput {
  tenant: string;
  token: string;
  scope?: string | undefined;
  /** The lifetime in seconds; default one hour. */
  ttl?: number | undefined;
  sender?: Sender | null;
}

type ExchangeDeps = Pick<Deps, 'identities' | 'clock' | 'store'> &
  Pick<InboxDeps, 'keyResolver' | 'verification' | 'keyFetches'>;

/**
 * Exchanges a PROXY token for an access token (specification: Access tokens).
 * @throws CloudilloError `token.malformed`, `token.claims` (400); `auth.invalid`, `token.expired`, `token.signature` …
 * (401); `permission.denied` for another tenant's token or a blocked peer (403); `usage.scope`; when the key can't be
 * fetched `dns.*` … (503)
 */
export async function exchangeProxyToken(
  deps: ExchangeDeps,
  { tenant, token, scope, ttl, sender }: ExchangeInput,
): Promise<string> {
  const decoded = decodeToken(token);
  assertScope(scope);
  const { t, aud, iat, exp } = decoded.claims;
  if (typeof t === 'string' && splitType(t).type !== 'PROXY') throw invalid();
  try {
    const { claims } = await verifyArrival(deps, decoded);
    if (!shortLived(iat, exp, deps.clock.wall())) throw invalid();
    if (aud !== tenant) {
      throw new CloudilloError('permission.denied', `The ${t} token is for ${String(aud)}, not for ${tenant}`, {
        stage: 'permission',
      });
    }
    if (deps.store.treatment(tenant, claims.iss).blocked) throw notForYou();
    // The holder of the tenant's own key is its owner.
    return await issueAccessToken(deps, { tenant, subject: claims.iss, owner: claims.iss === tenant, scope, ttl });
  } catch (error) {
    if (error instanceof CloudilloError && error.code === 'token.signature') sender?.badSignature();
    throw error;
  }
}

function shortLived(iat: unknown, exp: unknown, now: number): boolean {
  if (typeof iat !== 'number' || typeof exp !== 'number') return false;
  return exp - iat <= MAX_PROXY_AGE && exp <= now / 1000 + MAX_PROXY_AGE;
}

function invalid(): CloudilloError {
  return new CloudilloError('auth.invalid', 'Authentication required or invalid token', { stage: 'server' });
}
