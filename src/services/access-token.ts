import type { KeyObject } from 'node:crypto';
import { createSecretKey } from 'node:crypto';
import { splitType } from '../protocol/action-types.ts';
import { CloudilloError } from '../protocol/errors.ts';
import { decodeToken } from '../protocol/token.ts';
import { type Caller, type FileScope, parseScope } from './caller.ts';
import type { Deps } from './deps.ts';
import type { InboxDeps, Sender } from './inbox/inbox-deps.ts';
import { verifyArrival } from './inbox/verify-arrival.ts';

/** Lowest first (PROTOCOL.md, Access); the owner has all of them. */
const OWNER_ROLES = 'public,follower,supporter,contributor,moderator,leader';
/** Of an access token, seconds. */
const TTL = 3600;
/** The longest that a PROXY token may be valid: it is used at once, and a stolen one should be worth little. */
const MAX_PROXY_AGE = 300;

type SecretDeps = Pick<Deps, 'identities' | 'clock'>;

/** What an access token says. */
export interface AccessGrant {
  /** The identity whose instance gives it out, and alone honours it. */
  tenant: string;
  /** Who may use it. */
  subject: string;
  /** Signed in as the tenant itself, with all its rights. */
  owner: boolean;
  scope?: string;
  /** Seconds; default one hour. */
  ttl?: number;
}

/** Makes an access token: HS256 with the tenant's own secret. */
export async function issueAccessToken(
  deps: SecretDeps,
  { tenant, subject, owner, scope, ttl = TTL }: AccessGrant,
): Promise<string> {
  const { SignJWT } = await import('jose');
  const expires = Math.floor(deps.clock() / 1000) + ttl;
  const claims = {
    iss: tenant,
    sub: subject,
    ...(owner && { r: OWNER_ROLES }),
    ...(scope !== undefined && { scope }),
    exp: expires,
  };
  return new SignJWT(claims).setProtectedHeader({ typ: 'JWT', alg: 'HS256' }).sign(await secretOf(deps, tenant));
}

/**
 * Who an access token speaks for.
 * @throws CloudilloError `auth.invalid`: expired, another tenant's, not ours at all
 */
export async function callerOf(deps: SecretDeps, tenant: string, token: string): Promise<Caller> {
  const { jwtVerify, errors } = await import('jose');
  try {
    const { payload } = await jwtVerify(token, await secretOf(deps, tenant), {
      algorithms: ['HS256'],
      issuer: tenant,
      requiredClaims: ['exp'],
      currentDate: new Date(deps.clock()),
    });
    const idTag = payload.sub ?? tenant;
    const roles = typeof payload.r === 'string' ? payload.r.split(',') : [];
    const scope = scopeOf(payload.scope);
    return { idTag, owner: idTag === tenant && roles.includes('leader'), ...(scope && { scope }) };
  } catch (error) {
    if (error instanceof errors.JOSEError) throw invalid(error);
    throw error;
  }
}

/** A PROXY token to be exchanged. */
export interface ExchangeInput {
  tenant: string;
  token: string;
  scope?: string;
  sender?: Sender;
}

/**
 * PROXY token → access token (PROTOCOL.md, Access).
 * @throws CloudilloError `token.malformed`, `token.claims` (400); `auth.invalid`, `token.expired`, `token.signature` … (401);
 * `permission.denied` for somebody else's (403); `usage.scope`; and when the key can't be fetched `dns.*` … (503)
 */
export async function exchangeProxyToken(
  deps: SecretDeps & Pick<InboxDeps, 'keyResolver' | 'verification' | 'keyFetches'>,
  { tenant, token, scope, sender }: ExchangeInput,
): Promise<string> {
  const decoded = decodeToken(token);
  if (scope !== undefined && !parseScope(scope)) {
    throw new CloudilloError('usage.scope', 'The scope must be file:<file ID>:R, :C or :W', { stage: 'input' });
  }
  const { t, aud, iat, exp } = decoded.claims;
  if (typeof t === 'string' && splitType(t).type !== 'PROXY') throw invalid();
  try {
    const { claims } = await verifyArrival(deps, decoded, {});
    if (!shortLived(iat, exp, deps.clock())) throw invalid();
    if (aud !== tenant) {
      throw new CloudilloError('permission.denied', `The ${t} token is for ${String(aud)}, not for ${tenant}`, {
        stage: 'permission',
      });
    }
    // Whoever holds the identity's key is its owner.
    return await issueAccessToken(deps, {
      tenant,
      subject: claims.iss,
      owner: claims.iss === tenant,
      ...(scope !== undefined && { scope }),
    });
  } catch (error) {
    if (error instanceof CloudilloError && error.code === 'token.signature') sender?.badSignature();
    throw error;
  }
}

function shortLived(iat: unknown, exp: unknown, now: number): boolean {
  if (typeof iat !== 'number' || typeof exp !== 'number') return false;
  return exp - iat <= MAX_PROXY_AGE && exp <= now / 1000 + MAX_PROXY_AGE;
}

function scopeOf(value: unknown): FileScope | null {
  if (value === undefined) return null;
  const scope = typeof value === 'string' ? parseScope(value) : null;
  // A scope that can't be read must not widen into "everything".
  if (!scope) throw invalid();
  return scope;
}

async function secretOf({ identities }: SecretDeps, tenant: string): Promise<KeyObject> {
  return createSecretKey(await identities.accessSecret(tenant));
}

function invalid(cause?: unknown): CloudilloError {
  return new CloudilloError('auth.invalid', 'Authentication required or invalid token', { stage: 'server', cause });
}
