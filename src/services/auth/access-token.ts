/** Access tokens: issuing and verifying them (specification: Access tokens). */
import type { KeyObject } from 'node:crypto';
import { createSecretKey, randomBytes } from 'node:crypto';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Access } from '../../store/identities/access-document.ts';
import { type Caller, type FileScope, parseScope } from '../readers/caller.ts';
import type { Deps } from '../runtime/deps.ts';

/** Roles, lowest first (specification: Access tokens). The owner has all of them. */
export const OWNER_ROLES: readonly string[] = ['public', 'follower', 'supporter', 'contributor', 'moderator', 'leader'];
/** The default lifetime of an access token, seconds. */
export const ACCESS_TTL = 3600;

type SecretDeps = Pick<Deps, 'identities' | 'clock'>;

/** The session of an owner's login. All its tokens are refused when it ends. */
export interface Session {
  sid: string;
  /** The API key that opened it; it ends with the key. */
  keyId?: number;
}

/** The content of an access token. */
export interface AccessGrant {
  /** The tenant that issues it. No other accepts it. */
  tenant: string;
  /** The identity that may use it. */
  subject: string;
  /** Signed in as the tenant, with all its rights. */
  owner: boolean;
  scope?: string | undefined;
  /** The lifetime in seconds; default one hour. */
  ttl?: number | undefined;
  /** The latest expiry, whatever the `ttl`: unix seconds. */
  notAfter?: number | undefined;
  /** The owner's session; default: a new one. */
  session?: Session | undefined;
}

/** A verified access token. */
export interface ReadToken {
  caller: Caller;
  /** The expiry, unix seconds. */
  expires: number;
  /** Present for an owner's token only. */
  session?: Session;
}

/** Makes a new session. */
export function newSession(keyId?: number): Session {
  return { sid: randomBytes(12).toString('base64url'), ...(keyId !== undefined && { keyId }) };
}

/** Makes an access token: HS256 with the tenant's secret. A peer's token names the peer only, as in the network. */
export async function issueAccessToken(deps: SecretDeps, grant: AccessGrant): Promise<string> {
  const { tenant, subject, owner, scope, ttl = ACCESS_TTL, notAfter = Number.MAX_SAFE_INTEGER } = grant;
  const { SignJWT } = await import('jose');
  const claims = {
    iss: tenant,
    sub: subject,
    ...(owner && { r: OWNER_ROLES.join(',') }),
    ...(scope !== undefined && { scope }),
    exp: Math.min(Math.floor(deps.clock.wall() / 1000) + ttl, notAfter),
    ...(owner && (await sessionClaims(deps, tenant, grant.session ?? newSession()))),
  };
  return new SignJWT(claims).setProtectedHeader({ typ: 'JWT', alg: 'HS256' }).sign(await secretOf(deps, tenant));
}

async function sessionClaims({ identities }: SecretDeps, tenant: string, { sid, keyId }: Session) {
  const { epoch } = await identities.access(tenant);
  return { sid, ...(keyId !== undefined && { key: keyId }), ...(epoch !== undefined && { ep: epoch }) };
}

/**
 * Verifies an access token of this tenant.
 * @throws CloudilloError `auth.invalid`: expired, another tenant's, or forged; for the owner also: logged out, issued
 * before the password was changed, or of a deleted API key
 */
export async function readAccessToken(deps: SecretDeps, tenant: string, token: string): Promise<ReadToken> {
  const payload = await verifiedPayload(deps, tenant, token);
  const idTag = typeof payload['sub'] === 'string' ? payload['sub'] : tenant;
  const roles = typeof payload['r'] === 'string' ? payload['r'].split(',') : [];
  const scope = scopeOf(payload['scope']);
  const owner = idTag === tenant && roles.includes('leader');
  const caller = { idTag, owner, ...(scope && { scope }) };
  const expires = payload['exp'] as number;
  if (!owner) return { caller, expires };
  const session = openSession(await deps.identities.access(tenant), payload, deps.clock.wall());
  return { caller, expires, session };
}

async function verifiedPayload(deps: SecretDeps, tenant: string, token: string): Promise<Record<string, unknown>> {
  const { jwtVerify, errors } = await import('jose');
  try {
    const { payload } = await jwtVerify(token, await secretOf(deps, tenant), {
      algorithms: ['HS256'],
      issuer: tenant,
      requiredClaims: ['exp'],
      currentDate: new Date(deps.clock.wall()),
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) throw invalid(error);
    throw error;
  }
}

/** The session of an owner's token. @throws CloudilloError `auth.invalid` when it has ended */
function openSession(access: Readonly<Access>, payload: Record<string, unknown>, now: number): Session {
  const { sid, ep, key, scope } = payload;
  if (typeof sid !== 'string') throw invalid();
  if (ep !== access.epoch && sid !== access.keptSession) throw invalid();
  if (access.endedSessions.some((ended) => ended.sid === sid)) throw invalid();
  if (key === undefined) return { sid };
  const found = access.apiKeys.find(({ keyId }) => keyId === key);
  if (!found || isPast(found.expiresAt, now)) throw invalid();
  // The key's scope changed meanwhile.
  if (found.scopes !== undefined && found.scopes !== scope) throw invalid();
  return { sid, keyId: found.keyId };
}

/**
 * Whether the time has passed. An absent date never passes.
 * @param date ISO 8601
 * @param now unix milliseconds
 */
export function isPast(date: string | undefined, now: number): boolean {
  return date !== undefined && Date.parse(date) <= now;
}

function scopeOf(value: unknown): FileScope | null {
  if (value === undefined) return null;
  const scope = typeof value === 'string' ? parseScope(value) : null;
  // An invalid scope must not grant everything.
  if (!scope) throw invalid();
  return scope;
}

async function secretOf({ identities }: SecretDeps, tenant: string): Promise<KeyObject> {
  return createSecretKey(await identities.accessSecret(tenant));
}

function invalid(cause?: unknown): CloudilloError {
  return new CloudilloError('auth.invalid', 'Authentication required or invalid token', { stage: 'server', cause });
}
