/** The journal event that keeps a peer's profile for views. */
import { isContentId } from '../../protocol/content-id.ts';
import { beginningOf } from '../../protocol/well-formed.ts';
import type { PeerEvent } from '../../store/model/events.ts';

/** The part of a profile that is kept besides the keys. */
export interface KnownProfile {
  idTag: string;
  name?: string;
  type?: 'person' | 'community';
  profilePic?: string;
}

/** The longest name that is kept, in characters: a peer chooses its name freely. */
const NAME_KEPT = 200;

/**
 * The journal event that keeps a peer's profile for views. A picture that is no file ID is left out.
 * @param at unix milliseconds
 */
export function peerEvent(tenant: string, profile: KnownProfile, at: number): PeerEvent {
  const { idTag, name = '', type = 'person', profilePic } = profile;
  const picture = profilePic !== undefined && isContentId(profilePic, 'f1') ? { profilePic } : {};
  return { kind: 'peer', tenant, idTag, name: beginningOf(name, NAME_KEPT), type, ...picture, at };
}
