/** API keys: creating, listing, changing, deleting and exchanging them. */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Access, ApiKeyRecord } from '../../store/identities/access-document.ts';
import type { Identity } from '../../store/identities/identity-document.ts';
import { actingTenant } from '../runtime/acting-tenant.ts';
import type { Deps } from '../runtime/deps.ts';
import { notHere } from '../runtime/read-errors.ts';
import { isPast, newSession } from './access-token.ts';
import { keyEnd, type Login, openLogin } from './login.ts';
import { assertScope, narrowedScope } from './scope.ts';
import type { Attempts } from './wrong-secret.ts';

const MARK = 'cl_';
const RANDOM_BYTES = 32;
/** The characters that lists show: enough to recognise a key, too few to guess it. */
const PREFIX_LENGTH = MARK.length + 8;
/** The most keys of a tenant: they are searched one by one. */
const MAX_KEYS = 100;
/** The precision of a key's last use, so that not every request writes. Milliseconds. */
const USE_RESOLUTION = 60_000;

type KeyDeps = Pick<Deps, 'identities' | 'clock'>;
interface As {
  as?: string | undefined;
}

/** An API key as the owner sees it. Times are unix seconds. */
export interface ApiKeyView {
  keyId: number;
  keyPrefix: string;
  name?: string;
  scopes?: string;
  createdAt: number;
  expiresAt?: number;
  lastUsedAt?: number;
}

/** The fields of a key that the owner may set. */
export interface ApiKeyFields {
  name?: string | undefined;
  /** A file scope, `file:<id>:R|C|W`; absent: all rights of the owner. */
  scopes?: string | undefined;
  /** The expiry, unix seconds. */
  expiresAt?: number | undefined;
}

/**
 * Creates an API key. The key is in the result only; its hash is stored.
 * @throws CloudilloError `usage.scope`, `usage.expiry`, `usage.api-keys` (there are a hundred),
 * `home.identity-missing`, `store.*`
 */
export async function createApiKey(
  deps: KeyDeps,
  { as, ...fields }: As & ApiKeyFields,
): Promise<ApiKeyView & { idTag: string; plaintextKey: string }> {
  const { idTag } = await actingTenant(deps.identities, as);
  const now = deps.clock.wall();
  assertFields(fields, now);
  const plaintextKey = MARK + randomBytes(RANDOM_BYTES).toString('base64url');
  const { apiKeys } = await deps.identities.updateAccess(idTag, (access) => {
    if (access.apiKeys.length >= MAX_KEYS) throw tooMany(idTag);
    access.lastKeyId += 1;
    const key = {
      keyId: access.lastKeyId,
      prefix: plaintextKey.slice(0, PREFIX_LENGTH),
      hash: hashOf(plaintextKey).toString('base64url'),
      createdAt: new Date(now).toISOString(),
    };
    access.apiKeys.push(withFields(key, fields));
  });
  return { idTag, ...viewOf(apiKeys.at(-1) as ApiKeyRecord), plaintextKey };
}

/** Lists the keys of a tenant, oldest first. */
export async function listApiKeys(
  { identities }: KeyDeps,
  { as }: As,
): Promise<{ idTag: string; apiKeys: ApiKeyView[] }> {
  const { idTag } = await actingTenant(identities, as);
  return { idTag, apiKeys: (await identities.access(idTag)).apiKeys.map(viewOf) };
}

/** Reads one key by its number. @throws CloudilloError `read.not-found` */
export async function readApiKey({ identities }: KeyDeps, tenant: string, keyId: number): Promise<ApiKeyView> {
  return viewOf(keyIn(await identities.access(tenant), keyId));
}

/**
 * Changes the given fields; `null` removes one.
 * @throws CloudilloError `read.not-found`, `usage.scope`, `usage.expiry`, `store.*`
 */
export async function updateApiKey(
  { identities, clock }: KeyDeps,
  {
    tenant,
    keyId,
    ...fields
  }: { tenant: string; keyId: number } & { [N in keyof ApiKeyFields]?: ApiKeyFields[N] | null },
): Promise<ApiKeyView> {
  const changes = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  assertFields(Object.fromEntries(changes), clock.wall());
  const access = await identities.updateAccess(tenant, (draft) => {
    const key = keyIn(draft, keyId);
    for (const [name, value] of Object.entries(fields)) if (value === null) delete key[name as keyof ApiKeyFields];
    Object.assign(key, withFields(key, Object.fromEntries(changes)));
  });
  return viewOf(keyIn(access, keyId));
}

/** Deletes a key. Its access tokens are refused from then on. @throws CloudilloError `read.not-found`, `store.*` */
export async function deleteApiKey({ identities }: KeyDeps, tenant: string, keyId: number): Promise<void> {
  await identities.updateAccess(tenant, (access) => {
    keyIn(access, keyId);
    access.apiKeys = access.apiKeys.filter((key) => key.keyId !== keyId);
  });
}

/** Deletes a key by its secret; a missing key is no error. */
export async function deleteApiKeyBySecret(
  deps: KeyDeps,
  { tenant, apiKey }: { tenant: string; apiKey: string },
): Promise<void> {
  const found = bySecret(await deps.identities.access(tenant), apiKey);
  if (found) await deleteApiKey(deps, tenant, found.keyId);
}

/**
 * Deletes a key by its number or its first characters, for the command line.
 * @throws CloudilloError `key.missing` (with the existing ones), `usage.api-key` when several keys begin so
 */
export async function revokeApiKey(
  deps: KeyDeps,
  { as, key: wanted }: As & { key: string },
): Promise<{ idTag: string; revoked: ApiKeyView }> {
  const { idTag, apiKeys } = await listApiKeys(deps, { as });
  const found = apiKeys.filter(({ keyId, keyPrefix }) =>
    wanted.startsWith(MARK) && wanted !== MARK
      ? keyPrefix.startsWith(wanted.slice(0, PREFIX_LENGTH))
      : String(keyId) === wanted,
  );
  const [revoked, another] = found;
  if (!revoked) {
    const known = apiKeys.map(({ keyId, keyPrefix }) => `${keyId} (${keyPrefix}…)`).join(', ');
    throw new CloudilloError('key.missing', `${idTag} has no such API key`, {
      stage: 'key',
      hint: known === '' ? 'It has none at all' : `It has ${known}`,
    });
  }
  if (another) {
    throw new CloudilloError('usage.api-key', `Several API keys of ${idTag} begin like that`, {
      stage: 'input',
      hint: `Name one by its number: ${found.map(({ keyId }) => keyId).join(' or ')}`,
    });
  }
  await deleteApiKey(deps, idTag, revoked.keyId);
  return { idTag, revoked };
}

/** An API key to exchange. */
export interface ExchangeApiKeyInput {
  own: Identity;
  apiKey: string;
  scope?: string | undefined;
  /** The lifetime in seconds. */
  ttl?: number | undefined;
  attempts?: Attempts | null;
}

/**
 * Exchanges an API key for an access token with the key's rights.
 * @throws CloudilloError `permission.denied` for another tenant's, a deleted or an expired key; `usage.scope`;
 * `rate.limited`
 */
export async function exchangeApiKey(
  deps: KeyDeps & Pick<Deps, 'log'>,
  { own, apiKey, scope, ttl, attempts }: ExchangeApiKeyInput,
): Promise<Login> {
  attempts?.assertAllowed();
  const key = bySecret(await deps.identities.access(own.idTag), apiKey);
  if (!key || isPast(key.expiresAt, deps.clock.wall())) {
    attempts?.failed();
    throw new CloudilloError('permission.denied', 'This API key does not belong to this identity', {
      stage: 'permission',
    });
  }
  const session = newSession(key.keyId);
  const notAfter = await keyEnd(deps, own.idTag, session);
  const login = await openLogin(deps, own, { session, scope: narrowedScope(key.scopes, scope), ttl, notAfter });
  await markUsed(deps, own.idTag, key);
  return login;
}

async function markUsed(deps: KeyDeps & Pick<Deps, 'log'>, tenant: string, key: ApiKeyRecord): Promise<void> {
  const now = deps.clock.wall();
  // A date in the future was noted by a wrong clock.
  const since = key.lastUsedAt === undefined ? Number.NaN : now - Date.parse(key.lastUsedAt);
  if (since >= 0 && since < USE_RESOLUTION) return;
  try {
    await deps.identities.updateAccess(tenant, (access) => {
      const used = access.apiKeys.find(({ keyId }) => keyId === key.keyId);
      if (used) used.lastUsedAt = new Date(now).toISOString();
    });
  } catch (error) {
    // A full disk must not lock the owner out, and the date is not essential.
    deps.log('warn', 'could not note the use of an API key', { tenant, keyId: key.keyId, err: error });
  }
}

function bySecret({ apiKeys }: Readonly<Access>, secret: string): ApiKeyRecord | undefined {
  const hash = hashOf(secret);
  return apiKeys.find((key) => timingSafeEqual(Buffer.from(key.hash, 'base64url'), hash));
}

function hashOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

function keyIn({ apiKeys }: Readonly<Access>, keyId: number): ApiKeyRecord {
  const key = apiKeys.find((each) => each.keyId === keyId);
  if (!key) throw notHere('Resource not found');
  return key;
}

function assertFields({ scopes, expiresAt }: ApiKeyFields, now: number): void {
  assertScope(scopes);
  if (expiresAt === undefined || expiresAt * 1000 > now) return;
  throw new CloudilloError('usage.expiry', 'The API key would have expired already', {
    stage: 'input',
    hint: 'Name a time in the future',
  });
}

function withFields(key: ApiKeyRecord, { name, scopes, expiresAt }: ApiKeyFields): ApiKeyRecord {
  return {
    ...key,
    ...(name !== undefined && { name }),
    ...(scopes !== undefined && { scopes }),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt * 1000).toISOString() }),
  };
}

function viewOf({ keyId, prefix, name, scopes, createdAt, expiresAt, lastUsedAt }: ApiKeyRecord): ApiKeyView {
  return {
    keyId,
    keyPrefix: prefix,
    ...(name !== undefined && { name }),
    ...(scopes !== undefined && { scopes }),
    createdAt: seconds(createdAt),
    ...(expiresAt !== undefined && { expiresAt: seconds(expiresAt) }),
    ...(lastUsedAt !== undefined && { lastUsedAt: seconds(lastUsedAt) }),
  };
}

function seconds(date: string): number {
  return Math.floor(Date.parse(date) / 1000);
}

function tooMany(idTag: string): CloudilloError {
  return new CloudilloError('usage.api-keys', `${idTag} has ${MAX_KEYS} API keys, which is the limit`, {
    stage: 'input',
    hint: `Revoke unused ones: cloudillo api-key list --as ${idTag}`,
  });
}
