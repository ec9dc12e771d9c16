/** Fetches the profile of a peer anew, for the owner. */
import { wireTime } from '../../protocol/envelope.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { parseIdTag } from '../../protocol/id-tag.ts';
import type { Identity } from '../../store/identities/identity-document.ts';
import type { PeerRow } from '../../store/model/rows.ts';
import { keepName } from '../peers/refresh-profiles.ts';
import type { Deps } from '../runtime/deps.ts';

/** The profile as it was fetched. */
export interface RefreshedProfile {
  idTag: string;
  name: string;
  type: Identity['type'];
  profilePic?: string;
  /** Since when the profile is known here as it is. */
  createdAt: string;
}

/**
 * Fetches the profile of a peer now, and keeps it for the tenant.
 * @throws CloudilloError `usage.id-tag`, `usage.refresh`; as a fetched profile `dns.*`, `network.*`, `tls.*`, `peer.*`; `store.*`
 */
export async function refreshProfile(
  deps: Pick<Deps, 'store' | 'clock' | 'peerChanged'> & { profiles: Pick<Deps['profiles'], 'refresh'> },
  tenant: string,
  peer: string,
): Promise<RefreshedProfile> {
  const idTag = parseIdTag(peer);
  if (idTag === tenant || deps.store.treatment(tenant, idTag).blocked) {
    throw new CloudilloError('usage.refresh', `${idTag} is ${idTag === tenant ? 'this identity' : 'blocked'}`, {
      stage: 'input',
    });
  }
  await keepName(deps, await deps.profiles.refresh(idTag, { insist: true }), [tenant]);
  const { name, type, profilePic, at } = deps.store.peer(tenant, idTag) as PeerRow;
  return { idTag, name, type, ...(profilePic !== null && { profilePic }), createdAt: wireTime(new Date(at)) };
}
