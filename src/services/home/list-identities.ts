/** Lists the identities that a home hosts. */
import type { Identity } from '../../store/identities/identity-document.ts';
import { type KeyView, keyViews } from '../keys/key-view.ts';
import type { Deps } from '../runtime/deps.ts';

/** A tenant. It contains no secret. */
export interface HostedIdentity {
  idTag: string;
  type: Identity['type'];
  name: string;
  /** ISO 8601. */
  createdAt: string;
  /** Oldest first, revoked ones included. */
  keys: KeyView[];
}

/** All tenants of this home, by idTag. */
export async function listIdentities({
  identities,
  clock,
}: Pick<Deps, 'identities' | 'clock'>): Promise<HostedIdentity[]> {
  const now = clock.wall();
  return (await identities.list()).map((identity) => {
    const { idTag, type, name, createdAt } = identity;
    return { idTag, type, name, createdAt, keys: keyViews(identity, now) };
  });
}
