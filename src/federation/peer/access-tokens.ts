import type { Clock } from '../../protocol/clock.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { peerTime } from '../http/clock-difference.ts';
import { boundedCache, textBytes } from '../limits/bounded-cache.ts';
import { createSingleFlight } from '../limits/single-flight.ts';
import type { PeerApi } from './api.ts';
import { jwtExpiry } from './jwt-expiry.ts';

/** Claims of a PROXY token; the signer adds issuer and key. */
export interface ProxyClaims {
  t: 'PROXY';
  aud: string;
  /** Unix seconds. */
  iat: number;
  exp: number;
  [claim: string]: unknown;
}

export interface AccessTokensOptions {
  api: Pick<PeerApi, 'getAccessToken'>;
  /** Signs an action token as a hosted identity. */
  sign: (as: string, claims: ProxyClaims) => Promise<string>;
  clock: Clock;
}

/** Access tokens for reading on other instances as one of our identities. */
export interface AccessTokens {
  /**
   * A token for `peer` that isn't about to expire, from the cache or by the exchange.
   *
   * @throws CloudilloError as the exchange and the signer
   */
  get(as: string, peer: string, options?: { scope?: string | undefined }): Promise<string>;
  /**
   * Calls with a token; when the peer answers 401 or 403, drops it and calls once more with a fresh one (specification:
   * Access tokens): it may have restarted with another secret, or the relation changed what the token allows.
   */
  with<T>(as: string, peer: string, call: (bearer: string) => Promise<T>): Promise<T>;
}

const PROXY_LIFETIME = 60;
/** A token isn't used in its last seconds: it would run out on the way, or by the peer's clock. */
const MARGIN_MS = 60_000;
/** For tokens that don't say when they expire. */
const OPAQUE_LIFETIME_MS = 5 * 60_000;
const LONGEST_LIFETIME_MS = 3_600_000;
const MAX_TOKENS = 10_000;

interface Cached {
  token: string;
  /** By the monotonic clock. */
  usableUntil: number;
}

/** The client's side of the token exchange, cached per own identity and peer. */
export function createAccessTokens({ api, sign, clock }: AccessTokensOptions): AccessTokens {
  const cache = boundedCache<string, Cached>(MAX_TOKENS, ({ token }) => textBytes(token));
  const flight = createSingleFlight<string>();

  /** By the peer's clock when it refuses for ours: the token is used at once, and nobody else sees it. */
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
    const token = await ask(as, peer, scope, Math.floor(clock.wall() / 1000));
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
        // Another caller may have got a new one already.
        if (cache.peek(key)?.token === bearer) cache.delete(key);
        return call(await get(as, peer));
      }
    },
  };
}

/** No idTag contains white space. */
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
