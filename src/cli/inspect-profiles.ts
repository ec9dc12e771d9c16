import type { PeerApi } from '../federation/api.ts';
import type { FetchedProfile } from '../federation/profile-api.ts';
import { CloudilloError, type ErrorObject, errorToObject } from '../protocol/errors.ts';
import { type ProfileReport, profileReport } from '../services/fetch-profile.ts';
import { forEachInOrder } from '../services/for-each-in-order.ts';

/** A profile with what was found out about it, or why there is none. */
export type InspectedProfile =
  | { idTag: string; report: ProfileReport; fetched: FetchedProfile }
  | { idTag: string; error: ErrorObject };

/** How many instances are asked at once. */
const AT_ONCE = 8;

/** Fetches profiles; `emit` gets them in the order of the names. */
export function inspectProfiles(
  api: Pick<PeerApi, 'fetchProfile'>,
  idTags: readonly string[],
  emit: (profile: InspectedProfile) => Promise<void>,
): Promise<void> {
  return forEachInOrder(idTags, AT_ONCE, (idTag) => inspectProfile(api, idTag), emit);
}

async function inspectProfile(api: Pick<PeerApi, 'fetchProfile'>, idTag: string): Promise<InspectedProfile> {
  try {
    const fetched = await api.fetchProfile(idTag);
    return { idTag, report: profileReport(fetched, Date.now()), fetched };
  } catch (error) {
    if (error instanceof CloudilloError) return { idTag, error: errorToObject(error) };
    throw error;
  }
}
