/** The effects of an arriving FLLW or CONN on the relation of a tenant to a peer. */
import type { ActionStatus } from '../../store/model/events.ts';
import type { RelationPolicy } from './relation-policy.ts';

/** The relation between a tenant and a peer, seen from the tenant. */
export interface RelationFlags {
  following: boolean;
  follower: boolean;
  connected: boolean;
}

/** The part of a FLLW or CONN that decides the relation. */
export interface Step {
  subtype: string | null;
  /** Unix seconds. */
  createdAt: number;
}

/** The input of the decision. */
export interface RelationState {
  relation: RelationFlags;
  /** The tenant's latest CONN to the peer. */
  ours: Step | null;
  /** The peer's latest CONN to the tenant, before the arriving one. */
  theirs: Step | null;
}

/** The effect of an arriving FLLW or CONN. */
export interface RelationEffect {
  status: ActionStatus;
  /** The new relation; absent when it does not change. */
  relation?: RelationFlags;
  /** Sign a CONN:ACC in return. `needed`: without it the relation stays as it is. `told`: the relation holds without it, and it only informs the peer. */
  accept?: 'needed' | 'told';
}

/** Decides on `FLLW` and `FLLW:DEL` (specification: Follow). */
export function followEffect(
  subtype: string | null,
  { relation }: RelationState,
  policy: RelationPolicy,
): RelationEffect {
  if (subtype === 'DEL') return { status: 'A', relation: { ...relation, follower: false } };
  // It is stored as deleted and answered as usual: a refusal would reveal the setting.
  if (!policy.followers) return { status: 'D' };
  return { status: 'A', relation: { ...relation, follower: true } };
}

/** Decides on `CONN`, `CONN:ACC` and `CONN:DEL` (specification: Connect). */
export function connectEffect(subtype: string | null, state: RelationState, policy: RelationPolicy): RelationEffect {
  const connected = { following: true, follower: true, connected: true };
  if (subtype === 'DEL') return { status: 'N', relation: { ...state.relation, connected: false } };
  if (subtype === 'ACC') return { status: 'N', relation: connected };
  // A peer that asks doesn't know of the connection. Not every server takes a request of ours for an answer (specification: Connect).
  if (state.relation.connected) return { status: 'N', accept: 'told' };
  if (awaitsAnswer(state)) return { status: 'N', relation: connected, accept: 'told' };
  if (policy.connectionMode === 'ignore') return { status: 'D' };
  if (policy.connectionMode === 'accept') return { status: 'N', relation: connected, accept: 'needed' };
  return { status: 'C' };
}

/**
 * Whether the tenant's CONN is unanswered. It is not when the peer answered it or sent a later CONN:DEL. Otherwise an ended
 * connection would come back without a new request.
 */
export function awaitsAnswer({ ours, theirs }: RelationState): boolean {
  if (ours?.subtype !== null) return false;
  return !(theirs && theirs.subtype !== null && theirs.createdAt >= ours.createdAt);
}
