import type { PeerApi } from '../../federation/peer/api.ts';
import { apiHost } from '../../protocol/id-tag.ts';
import type { Profile } from '../../protocol/profile.ts';
import { createMemo } from '../runtime/memo.ts';
import { type KeySource, keyOfProfile, noKeyBecause } from './key-sources.ts';

/** How many profiles are remembered. */
const REMEMBERED = 1024;

/**
 * Keys as their issuers publish them now: `GET /api/me`, once an issuer, whatever comes of it (a name that doesn't answer
 * isn't asked again for each of its tokens).
 */
export function keysFromProfiles(api: Pick<PeerApi, 'fetchProfile'>): KeySource {
  const once = createMemo<Profile>(REMEMBERED);
  return async (issuer, keyId) => {
    let profile: Profile;
    try {
      profile = await once(issuer, async () => (await api.fetchProfile(issuer)).profile);
    } catch (error) {
      return noKeyBecause(error);
    }
    return keyOfProfile(profile, keyId, 'profile', `https://${apiHost(issuer)}/api/me`);
  };
}
