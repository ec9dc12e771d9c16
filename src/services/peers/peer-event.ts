import { isContentId } from '../../protocol/content-id.ts';
import { beginningOf } from '../../protocol/well-formed.ts';
import type { PeerEvent } from '../../store/model/events.ts';

/** What a profile says of its identity, besides keys. */
export interface KnownProfile {
  idTag: string;
  name?: string;
  type?: 'person' | 'community';
  profilePic?: string;
}

/** A peer chooses its name; how much of it we keep is ours to choose. */
const NAME_KEPT = 200;

/** What to keep of a peer's profile, for views. @param at unix milliseconds */
export function peerEvent(tenant: string, profile: KnownProfile, at: number): PeerEvent {
  const { idTag, name = '', type = 'person', profilePic } = profile;
  const picture = profilePic !== undefined && isContentId(profilePic, 'f1') ? { profilePic } : {};
  return { kind: 'peer', tenant, idTag, name: beginningOf(name, NAME_KEPT), type, ...picture, at };
}
