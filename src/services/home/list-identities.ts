/** Lists the identities that a home hosts. */
import type { Identity } from '../../store/identities/identity-document.ts';
import { type KeyView, keyViews } from '../keys/key-view.ts';
import type { Deps } from '../runtime/deps.ts';

/** A hosted identity. Nothing secret. */
export interface HostedIdentity {
  idTag: string;
  type: Identity['type'];
  name: string;
  /** ISO 8601. */
  createdAt: string;
  /** Oldest first, those that were revoked too. */
  keys: KeyView[];
}

/** All identities of this home, by idTag. */
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
