/** The work of `fetch-profile`. */
import type { PeerApi } from '../../federation/peer/api.ts';
import type { FetchedProfile } from '../../federation/peer/profile-api.ts';
import { CloudilloError, type ErrorObject, errorToObject } from '../../protocol/errors.ts';
import type { Observer } from '../../protocol/observer.ts';
import { type ProfileReport, profileReport } from '../../services/inspect/fetch-profile.ts';
import { forEachInOrder } from '../../services/runtime/for-each-in-order.ts';
import type { Settings } from '../../store/settings/settings.ts';
import { openPeerAccess } from '../home/open-peer-access.ts';
import { EXIT, type ExitCode, exitCodeFor } from '../output/exit-codes.ts';

/** A profile and its report, or why there is none. */
export type InspectedProfile =
  | { idTag: string; report: ProfileReport; fetched: FetchedProfile }
  | { idTag: string; error: ErrorObject };

/** Whose profiles are fetched, and how. */
export interface InspectOptions {
  home: string;
  settings: Settings;
  idTags: readonly string[];
  observer: Observer;
}

/** The instances that are asked at the same time. */
const AT_ONCE = 8;

/**
 * Fetches profiles. `emit` gets them in the order of the names.
 * @returns the fetched ones
 * @throws CloudilloError `usage.network`
 */
export async function inspectProfiles(
  { home, settings, idTags, observer }: InspectOptions,
  emit: (profile: InspectedProfile) => Promise<void>,
): Promise<FetchedProfile[]> {
  const peer = await openPeerAccess(home, settings, observer);
  const fetched: FetchedProfile[] = [];
  try {
    await forEachInOrder(
      idTags,
      AT_ONCE,
      (idTag) => inspectProfile(peer.api, idTag),
      (item) => {
        if ('fetched' in item) fetched.push(item.fetched);
        return emit(item);
      },
    );
  } finally {
    await peer.close();
  }
  return fetched;
}

/** 0; 3 when a key is unusable; else the exit code of the error. */
export function exitCodeOf(item: InspectedProfile): ExitCode {
  if ('error' in item) return exitCodeFor(item.error.code);
  return item.report.keys.every((key) => key.usable) ? EXIT.done : EXIT.failed;
}

async function inspectProfile(api: Pick<PeerApi, 'fetchProfile'>, idTag: string): Promise<InspectedProfile> {
  try {
    const fetched = await api.fetchProfile(idTag);
    return { idTag, report: profileReport(fetched, Date.now()), fetched };
  } catch (error) {
    if (!(error instanceof CloudilloError)) throw error;
    return { idTag, error: errorToObject(error) };
  }
}
