/** Access tokens for reading on other instances (specification: Access tokens). */
import type { Clock } from '../../protocol/clock.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { NOBODY, type Observer, observed } from '../../protocol/observer.ts';
import { peerTime } from '../http/clock-difference.ts';
import { boundedCache, textBytes } from '../limits/bounded-cache.ts';
import { createSingleFlight } from '../limits/single-flight.ts';
import type { PeerApi } from './api.ts';
import { jwtExpiry } from './jwt-expiry.ts';

/** The claims of a PROXY token. The signer adds issuer and key. */
export interface ProxyClaims {
  t: 'PROXY';
  aud: string;
  /** Unix seconds. */
  iat: number;
  exp: number;
  [claim: string]: unknown;
}

/** The parts of {@link AccessTokens}. */
export interface AccessTokensOptions {
  api: Pick<PeerApi, 'getAccessToken'>;
  /** Signs an action token as a tenant. */
  sign: (as: string, claims: ProxyClaims) => Promise<string>;
  clock: Clock;
  /** Gets a span for each exchange. */
  observer?: Observer;
}

/** Access tokens for reading on other instances as a tenant. */
export interface AccessTokens {
  /**
   * A token for `peer` that doesn't expire soon, from the cache or by the token exchange.
   * @throws CloudilloError as the exchange and the signer
   */
  get(as: string, peer: string, options?: { scope?: string | undefined }): Promise<string>;
  /**
   * Calls with a token. When the peer answers 401 or 403, the token is dropped, and the call is made once more with a new one
   * (specification: Access tokens). The peer may have a new secret since its restart, or the relation may have changed.
   */
  with<T>(as: string, peer: string, call: (bearer: string) => Promise<T>): Promise<T>;
}

const PROXY_LIFETIME = 60;
/** A token isn't used in its last minute: it could expire on the way, or by the peer's clock. */
const MARGIN_MS = 60_000;
/** The assumed lifetime of a token that doesn't say when it expires. */
const OPAQUE_LIFETIME_MS = 5 * 60_000;
const LONGEST_LIFETIME_MS = 3_600_000;
const MAX_TOKENS = 10_000;

interface Cached {
  token: string;
  /** By the monotonic clock. */
  usableUntil: number;
}

/** Makes the client's side of the token exchange, with a cache for each tenant and peer. */
export function createAccessTokens({ api, sign, clock, observer = NOBODY }: AccessTokensOptions): AccessTokens {
  const cache = boundedCache<string, Cached>(MAX_TOKENS, ({ token }) => textBytes(token));
  const flight = createSingleFlight<string>();

  /**
   * Exchanges a PROXY token. A peer that refuses it because of the clock here gets one by its own clock: it is used at once, and
   * nobody else sees it.
   */
  async function ask(as: string, peer: string, scope: string | undefined, iat: number, again = true): Promise<string> {
    const proxy = await sign(as, { t: 'PROXY', aud: peer, iat, exp: iat + PROXY_LIFETIME });
    try {
      return await api.getAccessToken(peer, proxy, scope);
    } catch (error) {
      const theirs = peerTime(error);
      if (theirs === null || !again) throw error;
      return ask(as, peer, scope, theirs, false);
    }
  }

  async function exchange(key: string, as: string, peer: string, scope: string | undefined): Promise<string> {
    const token = await observed(observer, 'access token', (span) => {
      span?.fact('cloudillo.tenant', as);
      span?.fact('cloudillo.peer', peer);
      return ask(as, peer, scope, Math.floor(clock.wall() / 1000));
    });
    cache.set(key, { token, usableUntil: clock.monotonic() + usableFor(token, clock.wall()) });
    return token;
  }

  async function get(as: string, peer: string, { scope }: { scope?: string | undefined } = {}): Promise<string> {
    const key = cacheKey(as, peer, scope);
    const cached = cache.get(key);
    if (cached && clock.monotonic() < cached.usableUntil) return cached.token;
    return flight(key, () => exchange(key, as, peer, scope));
  }

  return {
    get,
    async with(as, peer, call) {
      const bearer = await get(as, peer);
      try {
        return await call(bearer);
      } catch (error) {
        if (!isAccessRefusal(error)) throw error;
        const key = cacheKey(as, peer);
        // Another caller may have fetched a new token already.
        if (cache.peek(key)?.token === bearer) cache.delete(key);
        return call(await get(as, peer));
      }
    },
  };
}

/** An idTag has no white space. */
function cacheKey(as: string, peer: string, scope = ''): string {
  return `${as} ${peer} ${scope}`;
}

/** Milliseconds from now on. */
function usableFor(token: string, now: number): number {
  const exp = jwtExpiry(token);
  const lifetime = exp === null ? OPAQUE_LIFETIME_MS : Math.min(exp * 1000 - now, LONGEST_LIFETIME_MS);
  return lifetime - MARGIN_MS;
}

function isAccessRefusal(error: unknown): boolean {
  if (!(error instanceof CloudilloError) || error.code !== 'peer.refused') return false;
  const status = error.details?.['status'];
  return status === 401 || status === 403;
}
