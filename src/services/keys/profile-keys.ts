/** Keys from published profiles. */
import type { PeerApi } from '../../federation/peer/api.ts';
import { apiHost } from '../../protocol/id-tag.ts';
import type { Profile } from '../../protocol/profile.ts';
import { createMemo } from '../runtime/memo.ts';
import { type KeySource, keyOfProfile, noKeyBecause } from './key-sources.ts';

/** The most profiles that are kept. */
const REMEMBERED = 1024;

/** Keys as their issuers publish them now: `GET /api/me`, once per issuer, whether it succeeds or not. */
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
