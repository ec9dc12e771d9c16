/** The tenants of this server, by the `Host` of a request. */
import { hash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { boundedCache } from '../../federation/limits/bounded-cache.ts';
import { idTagFromHost, idTagToAscii } from '../../protocol/id-tag.ts';
import { homePaths } from '../../store/home/home.ts';
import type { Identities } from '../../store/identities/identities.ts';
import type { Identity } from '../../store/identities/identity-document.ts';

/** The hosts whose tenant is kept: the ways in which callers write the names of tenants. */
const REMEMBERED_HOSTS = 256;

/** A tenant with its profile ready to send. */
export interface Tenant {
  idTag: string;
  identity: Identity;
  /** The `data` of `GET /api/me`, serialised. */
  profileJson: string;
  /** In quotes. */
  etag: string;
}

/** An identity, and the file of its document. */
interface Named {
  idTag: string;
  path: string;
}

/** Finds the tenant of a request. */
export interface Tenants {
  /** The tenant of a host, at once when its profile is in memory. @returns null when the host isn't a tenant of this home */
  byHost(host: string): Tenant | null | Promise<Tenant | null>;
}

/**
 * Makes the lookup. A profile stays in memory as long as the identity's file is unchanged. Documents are replaced by rename, so
 * inode, size and time show a change, and the next request sees a rotated or revoked key, whichever process wrote it. Requests of
 * one turn of the event loop share a check of the file.
 */
export function createTenants(home: string, identities: Pick<Identities, 'read'>): Tenants {
  const directory = homePaths(home).identities;
  const cache = new Map<string, { stamp: string; tenant: Tenant }>();
  const fresh = new Map<string, Tenant>();
  const hosts = boundedCache<string, Named>(REMEMBERED_HOSTS);

  function byName({ idTag, path }: Named): Tenant | null | Promise<Tenant | null> {
    const looked = fresh.get(idTag);
    if (looked) return looked;
    const stamp = fileStamp(path);
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

  /** The identity that a host names, whether it is a tenant or not; null: the host can't name one. */
  function nameOf(host: string): Named | null {
    const known = hosts.get(host);
    if (known) return known;
    const idTag = idTagFromHost(host);
    if (idTag === null) return null;
    const named = { idTag, path: join(directory, idTagToAscii(idTag), 'identity.json') };
    hosts.set(host, named);
    return named;
  }

  return {
    byHost(host) {
      const named = nameOf(host);
      return named === null ? null : byName(named);
    },
  };
}

/** The public profile of an identity. It doesn't contain revoked keys. */
export function publish(identity: Identity): Tenant {
  const { idTag, name, type, profilePic, coverPic } = identity;
  const keys = identity.keys
    .filter((key) => key.revokedAt === undefined)
    .map(({ keyId, publicKey, expiresAt }) => ({ keyId, publicKey, ...(expiresAt !== undefined && { expiresAt }) }));
  const pictures = { ...(profilePic !== undefined && { profilePic }), ...(coverPic !== undefined && { coverPic }) };
  const profileJson = JSON.stringify({ idTag, name, type, ...pictures, keys });
  const etag = `"${hash('sha256', profileJson, 'base64url').slice(0, 16)}"`;
  return { idTag, identity, profileJson, etag };
}

function fileStamp(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? `${found.ino}:${found.size}:${found.mtimeMs}` : null;
}
