import type { PeerApi } from '../federation/api.ts';
import { CloudilloError } from '../protocol/errors.ts';
import { apiHost } from '../protocol/id-tag.ts';
import type { Profile } from '../protocol/profile.ts';
import { type KeySource, keyOfProfile, noKeyBecause } from './key-sources.ts';

/** How many profiles are remembered. */
const REMEMBERED = 1024;

/**
 * Keys as their issuers publish them now: `GET /api/me`, once an issuer, whatever comes of it (a name that doesn't answer
 * isn't asked again for each of its tokens).
 */
export function keysFromProfiles(api: Pick<PeerApi, 'fetchProfile'>): KeySource {
  const profiles = new Map<string, Promise<Profile | CloudilloError>>();

  function profileOf(issuer: string): Promise<Profile | CloudilloError> {
    const known = profiles.get(issuer);
    if (known) return known;
    const fetched = api.fetchProfile(issuer).then(
      ({ profile }) => profile,
      (error: unknown) => {
        if (error instanceof CloudilloError) return error;
        throw error;
      },
    );
    if (profiles.size >= REMEMBERED) profiles.delete(profiles.keys().next().value as string);
    profiles.set(issuer, fetched);
    return fetched;
  }

  return async (issuer, keyId) => {
    const profile = await profileOf(issuer);
    if (profile instanceof CloudilloError) return noKeyBecause(profile);
    return keyOfProfile(profile, keyId, 'profile', `https://${apiHost(issuer)}/api/me`);
  };
}
