import type { ActionStatus } from '../../store/model/events.ts';
import type { RelationPolicy } from './relation-policy.ts';

/** How an identity and a peer stand to each other, seen from the identity. */
export interface RelationFlags {
  following: boolean;
  follower: boolean;
  connected: boolean;
}

/** An action as far as it decides a relation. */
export interface Step {
  subtype: string | null;
  /** Unix seconds. */
  createdAt: number;
}

/** What the decision rests on. */
export interface RelationState {
  relation: RelationFlags;
  /** Our current CONN to the peer. */
  ours: Step | null;
  /** The peer's current CONN to us, before this one. */
  theirs: Step | null;
}

/** What an arriving FLLW or CONN does. */
export interface RelationEffect {
  status: ActionStatus;
  /** The new flags, when they change. */
  relation?: RelationFlags;
  /** Sign a CONN:ACC in return. */
  accept?: boolean;
}

/** `FLLW` and `FLLW:DEL` (specification: Follow). */
export function followEffect(
  subtype: string | null,
  { relation }: RelationState,
  policy: RelationPolicy,
): RelationEffect {
  if (subtype === 'DEL') return { status: 'A', relation: { ...relation, follower: false } };
  // Kept as deleted and answered as ever: a refusal would tell the setting.
  if (!policy.followers) return { status: 'D' };
  return { status: 'A', relation: { ...relation, follower: true } };
}

/** `CONN`, `CONN:ACC` and `CONN:DEL` (specification: Connect). */
export function connectEffect(subtype: string | null, state: RelationState, policy: RelationPolicy): RelationEffect {
  const connected = { following: true, follower: true, connected: true };
  if (subtype === 'DEL') return { status: 'N', relation: { ...state.relation, connected: false } };
  if (subtype === 'ACC') return { status: 'N', relation: connected };
  if (state.relation.connected) return { status: 'N' };
  if (awaitsAnswer(state)) return { status: 'N', relation: connected };
  if (policy.connectionMode === 'ignore') return { status: 'D' };
  if (policy.connectionMode === 'accept') return { status: 'N', relation: connected, accept: true };
  return { status: 'C' };
}

/**
 * Is a CONN of ours still open? One that the peer answered, or that it ended by a later CONN:DEL, isn't: taking it for a
 * crossing request would let a severed connection come back without being asked.
 */
export function awaitsAnswer({ ours, theirs }: RelationState): boolean {
  if (ours?.subtype !== null) return false;
  return !(theirs && theirs.subtype !== null && theirs.createdAt >= ours.createdAt);
}
