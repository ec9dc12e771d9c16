/** Keys from the home: those of its tenants, and those of the key cache. */
import { importPublicKey } from '../../protocol/keys.ts';
import type { CachedProfile } from '../../store/cache/cached-profile.ts';
import type { Identity } from '../../store/identities/identity-document.ts';
import { foundKey, type KeyAnswer, type KeyOrigin, type KeySource, noKeyBecause } from './key-sources.ts';

/** A stored key: the fields that identities and the cache have in common. */
interface KeptKey {
  keyId: string;
  /** The key in wire form. */
  publicKey: string;
  /** ISO 8601. */
  expiresAt?: string;
}

/**
 * Keys of the tenants. A revoked key is not published, so it verifies nothing here either. A key that a tenant does not
 * have is proven absent.
 */
export function keysFromIdentities(identities: { read(idTag: string): Promise<Identity | null> }): KeySource {
  return async (issuer, keyId) => {
    const identity = await identities.read(issuer);
    if (!identity) return notHere(`${issuer} is not an identity of this home`);
    const key = identity.keys.find((each) => each.keyId === keyId);
    if (key && key.revokedAt === undefined) return keptKey(key, 'home', `the identity ${issuer} of this home`);
    const why = key ? `its key ${keyId} was revoked ${key.revokedAt}` : `it has no key ${keyId}`;
    return { key: null, code: 'token.key-unknown', reason: `${issuer} is hosted here; ${why}`, definite: true };
  };
}

/** Keys that were fetched earlier. A key that is not among them is not proven absent: the issuer may have it. */
export function keysFromCache(cache: { get(idTag: string): CachedProfile | null }): KeySource {
  return async (issuer, keyId) => {
    const profile = cache.get(issuer);
    const key = profile?.keys.find((each) => each.keyId === keyId);
    if (profile && key) return keptKey(key, 'cache', `key cache, fetched ${new Date(profile.fetchedAt).toISOString()}`);
    const retired = profile?.retired?.find((each) => each.keyId === keyId);
    if (!retired) return notHere(`this home's key cache has no key ${keyId} of ${issuer}`, issuer);
    const lastSeen = new Date(retired.lastSeenAt).toISOString();
    return keptKey(endedBy(retired, lastSeen), 'cache', `key cache, published until ${lastSeen} or later`);
  };
}

/** A key that is no longer published verifies what was signed while it was, and nothing later. */
function endedBy(key: KeptKey, lastSeen: string): KeptKey {
  const early = key.expiresAt !== undefined && Date.parse(key.expiresAt) < Date.parse(lastSeen);
  return early ? key : { ...key, expiresAt: lastSeen };
}

function keptKey({ keyId, publicKey, expiresAt }: KeptKey, source: KeyOrigin, location: string): KeyAnswer {
  try {
    const end = expiresAt === undefined ? {} : { expiresAt: Math.floor(Date.parse(expiresAt) / 1000) };
    return foundKey({ keyId, publicKey: importPublicKey(publicKey), ...end }, source, location);
  } catch (error) {
    return noKeyBecause(error);
  }
}

function notHere(reason: string, issuer?: string): KeyAnswer {
  const hint = issuer === undefined ? undefined : `Fetch it with: cloudillo fetch-profile ${issuer} --save-keys`;
  return { key: null, code: 'network.offline', reason, hint };
}
