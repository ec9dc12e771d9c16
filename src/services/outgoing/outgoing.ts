/** Signs actions of a tenant and queues their deliveries. */
import { randomBytes } from 'node:crypto';
import { actionKey } from '../../protocol/action-types.ts';
import type { ActionClaims } from '../../protocol/claims.ts';
import type { ErrorObject } from '../../protocol/errors.ts';
import { type DecodedToken, decodeToken } from '../../protocol/token.ts';
import type { Visibility } from '../../protocol/visibility.ts';
import type { ActionStatus, DeliveryEvent, JournalEvent } from '../../store/model/events.ts';
import type { Deps } from '../runtime/deps.ts';
import type { UnsignedClaims } from '../runtime/signer.ts';

/** An action to sign, and its recipients. */
export interface OutgoingAction {
  tenant: string;
  claims: UnsignedClaims;
  /** The visibility that is stored; the token's own letter is `claims.v`. */
  visibility: Visibility;
  /** Default `A`. */
  status?: ActionStatus;
  /** The recipients. The tenant itself and repeated names are left out. */
  to: readonly string[];
  /** Related tokens, sent to each recipient. */
  related?: readonly string[];
  /** The time before which it is not sent, by the monotonic clock; default: now. Milliseconds. */
  nextAt?: number;
  /** Why it waits until then. */
  obstacle?: ErrorObject;
}

/** A signed action with the events that store it. They belong into one append. */
export interface SignedAction {
  actionId: string;
  token: string;
  claims: ActionClaims;
  /** The recipients that it is queued for. */
  to: string[];
  /** The action and its deliveries. */
  events: JournalEvent[];
}

/**
 * Signs an action and makes the events that store and queue it. The caller appends them, so that related changes go
 * into the same record.
 * @throws CloudilloError what {@link Deps.signer} throws
 */
export async function signOutgoing(
  { signer, store, clock }: Pick<Deps, 'signer' | 'store' | 'clock'>,
  { tenant, claims, visibility, status = 'A', to, related = [], nextAt, obstacle }: OutgoingAction,
): Promise<SignedAction> {
  const at = clock.wall();
  const decoded = await signNew({ signer, store }, tenant, { ...claims, iat: growingTime(store, tenant, claims, at) });
  const { actionId, token } = decoded;
  const recipients = [...new Set(to)].filter((idTag) => idTag !== tenant);
  const action = { tenant, actionId, token, direction: 'out', receivedAt: at, status, visibility } as const;
  const sent = { tenant, actionId, nextAt: nextAt ?? clock.monotonic(), at };
  const queued: JournalEvent = {
    kind: 'deliveries',
    ...sent,
    to: recipients,
    ...(related.length > 0 && { related: [...related] }),
  };
  const heldBack = obstacle ? recipients.map((to) => waitingEvent({ ...sent, to }, obstacle)) : [];
  return {
    actionId,
    token,
    claims: decoded.claims as ActionClaims,
    to: recipients,
    events: [{ kind: 'action', ...action, decoded }, ...(recipients.length > 0 ? [queued] : []), ...heldBack],
  };
}

/**
 * Signs with a nonce when an equal action exists already. Two equal actions within a second are two actions, which the nonce
 * tells apart (specification: Duplicates). The caller holds a lock under which nobody else signs an equal action.
 */
async function signNew(
  { signer, store }: Pick<Deps, 'signer' | 'store'>,
  tenant: string,
  claims: UnsignedClaims,
): Promise<DecodedToken> {
  const plain = decodeToken(await signer.sign(tenant, claims));
  if (store.duplicateOf(tenant, plain) === null) return plain;
  return decodeToken(await signer.sign(tenant, { ...claims, _: randomBytes(6).toString('base64url') }));
}

/** The event that says why a queued delivery waits. */
function waitingEvent(
  delivery: Pick<DeliveryEvent, 'tenant' | 'actionId' | 'to' | 'nextAt' | 'at'>,
  { code, message }: ErrorObject,
): JournalEvent {
  return { kind: 'delivery', ...delivery, state: 'queued', attempts: 0, error: { code, message } };
}

/**
 * An `iat` that grows within a key. Otherwise receivers would take the later action for an older one (specification:
 * Replacement).
 */
function growingTime(store: Pick<Deps['store'], 'byKey'>, tenant: string, claims: UnsignedClaims, at: number): number {
  const iat = claims.iat ?? Math.floor(at / 1000);
  const key = actionKey({ ...claims, iss: tenant, k: '', iat } as ActionClaims);
  const before = key === null ? null : store.byKey(tenant, key, tenant);
  return Math.max(iat, before ? before.createdAt + 1 : 0);
}
