/** Fetches the profile of a peer before an action is sent to it. */
import { isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Profile } from '../../protocol/profile.ts';
import type { Deps } from '../runtime/deps.ts';
import type { Stages } from '../runtime/stages.ts';

/**
 * Fetches the profile of a peer and reports it as a stage.
 * @returns the profile, or the temporary error with which the action is queued
 * @throws CloudilloError when the peer is proven not to exist: an action for a mistyped name is not queued
 */
export async function fetchPeerProfile(
  deps: Pick<Deps, 'api'>,
  stages: Stages,
  peer: string,
): Promise<Profile | CloudilloError> {
  try {
    return await stages.run(
      'profile',
      async () => {
        const { profile } = await deps.api.fetchProfile(peer);
        return profile;
      },
      (profile) => `${profile.name || profile.idTag}, ${profile.type}, ${count(profile.keys.length, 'key')}`,
    );
  } catch (error) {
    // A TLS error counts as temporary: certificates are renewed. A name that DNS proves absent does not.
    if (error instanceof CloudilloError && (error.retryable || isCodeOf(error.code, 'tls'))) return error;
    throw error;
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
