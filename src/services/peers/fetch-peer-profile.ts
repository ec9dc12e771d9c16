import { isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Profile } from '../../protocol/profile.ts';
import type { Deps } from '../runtime/deps.ts';
import type { Stages } from '../runtime/stages.ts';

/**
 * The peer's profile, as a stage.
 * @returns the profile, or the passing failure that leaves the action to the queue
 * @throws CloudilloError when there is no such peer: an action for a mistyped name isn't worth keeping
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
    // Certificates get mended too, and a name that no DNS server knows is proven not to be there.
    if (error instanceof CloudilloError && (error.retryable || isCodeOf(error.code, 'tls'))) return error;
    throw error;
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
