import { hash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { idTagFromHost, idTagToAscii } from '../../protocol/id-tag.ts';
import { homePaths } from '../../store/home/home.ts';
import type { Identities } from '../../store/identities/identities.ts';
import type { Identity } from '../../store/identities/identity-document.ts';

/** One hosted identity, with its profile ready to send. */
export interface Tenant {
  idTag: string;
  identity: Identity;
  /** The `data` of `GET /api/me`, serialised. */
  profileJson: string;
  /** Quoted. */
  etag: string;
}

/** Finds the hosted identity that a request is for. */
export interface Tenants {
  /** At once when its profile is in memory. @returns null when `Host` is no identity of this home */
  byHost(host: string): Tenant | null | Promise<Tenant | null>;
}

/**
 * Profiles stay in memory as long as the identity's file is the same: documents are replaced by rename, so inode, size and
 * time tell, and a key that was rotated or revoked by whichever process is seen by the next request. Requests that are
 * handled in one turn of the event loop share a look at the file.
 */
export function createTenants(home: string, identities: Pick<Identities, 'read'>): Tenants {
  const directory = homePaths(home).identities;
  const cache = new Map<string, { stamp: string; tenant: Tenant }>();
  const fresh = new Map<string, Tenant>();

  function byIdTag(idTag: string): Tenant | null | Promise<Tenant | null> {
    const looked = fresh.get(idTag);
    if (looked) return looked;
    const stamp = fileStamp(join(directory, idTagToAscii(idTag), 'identity.json'));
    const cached = cache.get(idTag);
    if (stamp !== null && cached?.stamp === stamp) return forThisTurn(cached.tenant);
    cache.delete(idTag);
    return stamp === null ? null : load(idTag, stamp);
  }

  function forThisTurn(tenant: Tenant): Tenant {
    if (fresh.size === 0) setImmediate(() => fresh.clear());
    fresh.set(tenant.idTag, tenant);
    return tenant;
  }

  async function load(idTag: string, stamp: string): Promise<Tenant | null> {
    const identity = await identities.read(idTag);
    if (!identity) return null;
    const tenant = publish(identity);
    cache.set(idTag, { stamp, tenant });
    return tenant;
  }

  return {
    byHost(host) {
      const idTag = idTagFromHost(host);
      return idTag === null ? null : byIdTag(idTag);
    },
  };
}

/** What the world may know of an identity; a revoked key isn't part of it. */
export function publish(identity: Identity): Tenant {
  const { idTag, name, type, profilePic } = identity;
  const keys = identity.keys
    .filter((key) => key.revokedAt === undefined)
    .map(({ keyId, publicKey, expiresAt }) => ({ keyId, publicKey, ...(expiresAt !== undefined && { expiresAt }) }));
  const profileJson = JSON.stringify({ idTag, name, type, ...(profilePic !== undefined && { profilePic }), keys });
  const etag = `"${hash('sha256', profileJson, 'base64url').slice(0, 16)}"`;
  return { idTag, identity, profileJson, etag };
}

function fileStamp(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? `${found.ino}:${found.size}:${found.mtimeMs}` : null;
}
