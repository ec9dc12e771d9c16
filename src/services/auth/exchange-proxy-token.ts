/** Exchanges PROXY tokens for access tokens (specification: Access tokens). */
import { splitType } from '../../protocol/action-types.ts';
import { CloudilloError, refusedAt } from '../../protocol/errors.ts';
import type { RefusalCheck } from '../../protocol/refusal.ts';
import type { ActionClaims } from '../../protocol/token.ts';
import { type ArrivalFacts, watchInto } from '../inbox/arrival-facts.ts';
import type { InboxDeps, Sender } from '../inbox/inbox-deps.ts';
import { noteArrival } from '../inbox/note-arrival.ts';
import { decodedOf, verifyArrival } from '../inbox/verify-arrival.ts';
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
  /** The request that brought it: its ID, and the address of its client. */
  request?: { id: string; address: string };
}

type ExchangeDeps = Pick<Deps, 'identities' | 'clock' | 'store' | 'arrivals' | 'log'> &
  Pick<InboxDeps, 'keyResolver' | 'verification' | 'keyFetches'>;

/**
 * Exchanges a PROXY token for an access token (specification: Access tokens). A refusal is noted as one of an arrival.
 * @throws CloudilloError `token.malformed`, `token.claims` (400); `auth.invalid`, `token.expired`, `token.signature` …
 * (401); `permission.denied` for another tenant's token or a blocked peer (403); `usage.scope`; when the key can't be
 * fetched `dns.*` … (503)
 */
export async function exchangeProxyToken(deps: ExchangeDeps, input: ExchangeInput): Promise<string> {
  const began = performance.now();
  const facts: ArrivalFacts = { stages: [] };
  try {
    return await exchange(deps, input, facts);
  } catch (error) {
    const { tenant, token, request, sender } = input;
    if (error instanceof CloudilloError && error.code === 'token.signature') sender?.badSignature();
    noteArrival(deps, { tenant, token, origin: 'access', ...(request && { request }) }, facts, { error }, began);
    throw error;
  }
}

async function exchange(
  deps: ExchangeDeps,
  { tenant, token, scope, ttl }: ExchangeInput,
  facts: ArrivalFacts,
): Promise<string> {
  const decoded = decodedOf(token);
  facts.decoded = decoded;
  assertScope(scope);
  const { t } = decoded.claims;
  if (typeof t === 'string' && splitType(t).type !== 'PROXY') throw invalid(`A ${t} token gives no access`, 'type');
  const { claims } = await verifyArrival(deps, decoded, facts);
  const verified = performance.now();
  try {
    return await permitted(deps, { tenant, claims, scope, ttl });
  } finally {
    watchInto(facts)('permission', verified);
  }
}

/** Issues the access token to whom may have one. */
async function permitted(
  deps: ExchangeDeps,
  { tenant, claims, scope, ttl }: Pick<ExchangeInput, 'tenant' | 'scope' | 'ttl'> & { claims: ActionClaims },
): Promise<string> {
  const { t, aud, iat, exp } = claims;
  if (!shortLived(iat, exp, deps.clock.wall())) {
    throw invalid(`The PROXY token is valid for more than ${MAX_PROXY_AGE} s`, 'expiry');
  }
  if (aud !== tenant) {
    throw new CloudilloError('permission.denied', `The ${t} token is for ${String(aud)}, not for ${tenant}`, {
      ...{ stage: 'permission', check: 'recipient' },
    });
  }
  if (deps.store.treatment(tenant, claims.iss).blocked) throw refusedAt(notForYou(), { check: 'block' });
  // The holder of the tenant's own key is its owner.
  return issueAccessToken(deps, { tenant, subject: claims.iss, owner: claims.iss === tenant, scope, ttl });
}

function shortLived(iat: unknown, exp: unknown, now: number): boolean {
  if (typeof iat !== 'number' || typeof exp !== 'number') return false;
  return exp - iat <= MAX_PROXY_AGE && exp <= now / 1000 + MAX_PROXY_AGE;
}

function invalid(reason: string, check: RefusalCheck): CloudilloError {
  return new CloudilloError('auth.invalid', `Authentication required or invalid token: ${reason}`, {
    ...{ stage: 'server', check },
  });
}
