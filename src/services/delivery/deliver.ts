import { isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError, type ErrorObject, errorToObject } from '../../protocol/errors.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import type { ActionRow, Delivery } from '../../store/model/rows.ts';
import { storedError, toldError } from '../../store/model/stored-error.ts';
import type { Deps } from '../runtime/deps.ts';
import type { Lock } from '../runtime/lock-order.ts';
import { withLock } from '../runtime/locks.ts';
import { type ReadToken, readToken } from './action-tokens.ts';
import { expiredBefore, isDue, isPermanent, nextAttempt, retryTime } from './delivery-policy.ts';
import { isUndone } from './superseded.ts';

/** What deliveries need. */
export type DeliverDeps = Pick<Deps, 'store' | 'api' | 'clock' | 'locks'>;

/** How a delivery stands after an attempt. */
export interface DeliveryReport {
  tenant: string;
  actionId: string;
  to: string;
  /** `queued`: tried again at `nextAt`. `refused`, `expired`: over. */
  state: Delivery['state'];
  /** Failed and successful attempts so far. */
  attempts: number;
  /** Unix milliseconds. */
  nextAt: number | null;
  /** What the peer answered, when it took it now. */
  status: number | null;
  error: ErrorObject | null;
}

/** How an attempt is made. */
export interface AttemptOptions {
  /** Ask `/api/inbox/sync`, which verifies before it answers. */
  sync?: boolean;
  /** Repeat the request within the attempt when it fails. Default: as the requester does. */
  retry?: boolean | undefined;
  /** Where the token comes from. Default: the journal. */
  readToken?: ReadToken;
  /** Called when the peer has answered or failed; what came of it isn't stored yet. */
  onAnswer?: () => void;
}

/**
 * One attempt to deliver one queued action. Never two at once from one identity to one peer, whoever makes them, and none for one
 * that is over. What came of it is in the journal before this resolves.
 * @throws CloudilloError `store.*` only: what the peer does is in the report
 */
export function deliverOne(
  deps: DeliverDeps,
  delivery: Delivery,
  options: AttemptOptions = {},
): Promise<DeliveryReport> {
  const { tenant, actionId, to } = delivery;
  return withLock(deps, { kind: 'attempt', tenant, peer: to }, async (deps) => {
    const current = findDelivery(deps.store, tenant, actionId, to) ?? delivery;
    // Whoever was before us may have done it, or failed just now: asking again at once would be of no use.
    if (current.state !== 'queued' || current.attempts > delivery.attempts) return reportOf(current);
    if (deps.store.standing(tenant, to).blocked || isUndone(deps.store.row(tenant, actionId))) {
      return drop(deps, current);
    }
    const { outcome, status } = await attempt(deps, current, options);
    options.onAnswer?.();
    const after = await withLock(deps, settlementLock(delivery), async (deps) => {
      const now = findDelivery(deps.store, tenant, actionId, to);
      // Given up by its owner while the peer was asked: that stands, unless the peer has it.
      if (now && now.state !== 'queued' && outcome.delivery.state !== 'delivered') return now;
      await settle(deps, outcome);
      return findDelivery(deps.store, tenant, actionId, to) as Delivery;
    });
    // Or by what was just being written down.
    if (after.state !== outcome.delivery.state) return reportOf(after);
    if (outcome.peerNextAt !== undefined) await expireWith(deps, delivery, outcome.peerNextAt, outcome.error);
    return deliveryReport(after, status, outcome.error);
  });
}

/** Blocked while the action was signed, or an attempt was made; or taken back while it was to be tried again. */
async function drop(deps: DeliverDeps, delivery: Delivery): Promise<DeliveryReport> {
  const dropped: Delivery = { ...delivery, state: 'dropped' };
  await endDelivery(deps, dropped, deliveryEvent(dropped, deps.clock.wall(), null));
  return deliveryReport(dropped, null, null);
}

/**
 * Held by whoever looks how a delivery stands and then stores something else: what is being written down can't be seen yet. Hold it
 * for that only, never while the peer is asked.
 */
export function settlementLock({ tenant, actionId, to }: Pick<Delivery, 'tenant' | 'actionId' | 'to'>): Lock {
  return { kind: 'settlement', tenant, peer: to, of: actionId };
}

async function attempt(
  deps: DeliverDeps,
  delivery: Delivery,
  options: AttemptOptions,
): Promise<{ outcome: Outcome; status: number | null }> {
  try {
    const status = await post(deps, delivery, options);
    const delivered: Delivery = { ...delivery, state: 'delivered', attempts: delivery.attempts + 1 };
    return { outcome: { delivery: delivered, error: null }, status };
  } catch (error) {
    if (error instanceof CloudilloError && isCodeOf(error.code, 'store')) throw error;
    return { outcome: failed(deps, delivery, error), status: null };
  }
}

/**
 * Asks the peer once more about what it took already: the same token at `/api/inbox/sync`, answered as the first time. Changes
 * nothing here.
 * @returns the HTTP status
 * @throws CloudilloError what delivering throws: `dns.*`, `network.*`, `tls.*`, `peer.*`
 */
export function askAgain(deps: DeliverDeps, delivery: Delivery): Promise<number> {
  return post(deps, delivery, { sync: true });
}

async function post(
  { store, api }: DeliverDeps,
  delivery: Delivery,
  { sync, retry, readToken: read = (wanted) => readToken(store, wanted) }: AttemptOptions,
): Promise<number> {
  const token = await read(delivery);
  const related = delivery.hasRelated ? await store.deliveryRelated(delivery) : [];
  const { status } = await api.postInbox(delivery.to, token, { sync, related, retry });
  return status;
}

/** The delivery of an action to a peer; null when there never was one. */
export function findDelivery(
  store: Pick<Deps['store'], 'deliveries'>,
  tenant: string,
  actionId: string,
  to: string,
): Delivery | null {
  return store.deliveries({ tenant, actionId, to })[0] ?? null;
}

/** What an attempt came to. */
interface Outcome {
  delivery: Delivery;
  error: ErrorObject | null;
  /** When the peer may be asked again, whatever for. */
  peerNextAt?: number;
}

/** The delivery after a failed attempt: another time, or over. */
function failed({ store, clock }: DeliverDeps, delivery: Delivery, cause: unknown): Outcome {
  const attempts = delivery.attempts + 1;
  const error = errorToObject(cause);
  if (isPermanent(cause)) return { delivery: { ...delivery, state: 'refused', attempts }, error };
  const retryAfter = cause instanceof CloudilloError ? cause.retryAfter : undefined;
  const failure = store.peerFailure(delivery.to);
  // Those that were under way together fail once.
  const failures = failure ? failure.failures + (isDue(failure.nextAt, clock.monotonic()) ? 1 : 0) : 1;
  const peerNextAt = retryTime(failures, clock.monotonic(), retryAfter);
  // By its own attempts when the peer takes others meanwhile, by the peer's failures when it takes nothing.
  const nextAt = nextAttempt(Math.max(attempts, failures), delivery.firstAt, clock, retryAfter);
  if (nextAt === null) return { delivery: { ...delivery, attempts, state: 'expired' }, error, peerNextAt };
  // It keeps its place when it isn't the trouble: what comes after it, and waits for the same peer, may rest on it.
  const place = isUnread(error) ? Math.min(delivery.firstAt, clock.monotonic()) : nextAt;
  return { delivery: { ...delivery, attempts, nextAt: place }, error, peerNextAt };
}

/** Nothing was sent yet, or a proxy answered for the peer: then the action isn't the trouble. */
function isUnread({ stage, details }: ErrorObject): boolean {
  return ['dns', 'connect', 'tls'].includes(stage ?? '') || [502, 503].includes(details?.['status'] as number);
}

/** Writes down what an attempt came to, and what follows from it. */
async function settle(deps: DeliverDeps, { delivery, error, peerNextAt }: Outcome): Promise<void> {
  const { store, clock } = deps;
  const settled = deliveryEvent(delivery, clock.wall(), error, peerNextAt);
  if (delivery.state === 'queued' || delivery.state === 'delivered') await store.append([settled]);
  else await end(deps, delivery, settled);
}

/** What would be tried too late ends with the attempt that failed: none of it needs one of its own. */
async function expireWith(
  deps: DeliverDeps,
  { to }: Delivery,
  peerNextAt: number,
  error: ErrorObject | null,
): Promise<void> {
  for (const delivery of deps.store.deliveriesWaitingFor(to, expiredBefore(peerNextAt, deps.clock))) {
    const expired: Delivery = { ...delivery, state: 'expired' };
    await endDelivery(deps, expired, deliveryEvent(expired, deps.clock.wall(), error));
  }
}

/**
 * Stores that a delivery that waits is over without success, with what that undoes.
 * @returns false: it waits no longer, and stands as it is
 */
export function endDelivery(
  deps: Pick<DeliverDeps, 'store' | 'clock' | 'locks'>,
  delivery: Delivery,
  ended: JournalEvent,
): Promise<boolean> {
  const { tenant, actionId, to } = delivery;
  return withLock(deps, settlementLock(delivery), async (deps) => {
    if (findDelivery(deps.store, tenant, actionId, to)?.state !== 'queued') return false;
    await end(deps, delivery, ended);
    return true;
  });
}

function end(
  deps: Pick<DeliverDeps, 'store' | 'clock' | 'locks'>,
  delivery: Delivery,
  ended: JournalEvent,
): Promise<void> {
  const { tenant, to } = delivery;
  return withLock(deps, { kind: 'relation', tenant, peer: to }, ({ store, clock }) =>
    store.append([ended, ...takeBack(store, delivery, clock.wall())]),
  );
}

/** How a delivery stands that somebody else saw to; the store keeps of its error what a later reader needs. */
function reportOf(delivery: Delivery): DeliveryReport {
  const error = delivery.error && toldError(delivery.error, delivery.state === 'queued');
  return deliveryReport(delivery, null, error);
}

/** The journal's event for how a delivery stands now. */
export function deliveryEvent(
  delivery: Delivery,
  at: number,
  error: ErrorObject | null,
  peerNextAt?: number,
): JournalEvent {
  const { tenant, actionId, to, state, attempts, nextAt } = delivery;
  return {
    kind: 'delivery',
    tenant,
    actionId,
    to,
    state,
    attempts,
    ...(state === 'queued' && nextAt !== null && { nextAt }),
    ...(peerNextAt !== undefined && { peerNextAt }),
    ...(error && { error: storedError(error) }),
    at,
  };
}

/**
 * A follow that never arrived, or was refused, is no follow: believing it would show posts that never come. Nor does a CONN that the
 * peer didn't take make a connection of its request. An unfollow stands, whatever the peer says.
 */
function takeBack(store: DeliverDeps['store'], { tenant, actionId, to }: Delivery, at: number): JournalEvent[] {
  const row = store.row(tenant, actionId);
  if (!row?.current || row.subtype !== null || row.audience !== to) return [];
  const deleted: JournalEvent = { kind: 'status', tenant, actionId, status: 'D', at };
  if (row.type === 'FLLW') {
    const { follower, connected } = store.relation(tenant, to);
    return [deleted, { kind: 'relation', tenant, peer: to, following: false, follower, connected, at }];
  }
  const request = row.type === 'CONN' ? crossedRequest(store, tenant, to) : null;
  if (!request) return [];
  const stands = (issuer: string, audience: string) => {
    const follow = store.byKey(tenant, `FLLW:${issuer}:${audience}`, issuer);
    return follow?.subtype === null && follow.status !== 'D';
  };
  const follows = { following: stands(tenant, to), follower: stands(to, tenant) };
  return [
    deleted,
    { kind: 'status', tenant, actionId: request.actionId, status: 'C', at },
    { kind: 'relation', tenant, peer: to, ...follows, connected: false, at },
  ];
}

/** The peer's CONN, where the connection rests on nothing but that ours crossed it. */
function crossedRequest(store: DeliverDeps['store'], tenant: string, peer: string): ActionRow | null {
  const theirs = store.byKey(tenant, `CONN:${peer}:${tenant}`, peer);
  return theirs?.subtype === null && store.relation(tenant, peer).connected ? theirs : null;
}

/** A delivery as it is told, with what came of an attempt. */
export function deliveryReport(delivery: Delivery, status: number | null, error: ErrorObject | null): DeliveryReport {
  const { tenant, actionId, to, state, attempts } = delivery;
  const nextAt = state === 'queued' ? delivery.nextAt : null;
  return { tenant, actionId, to, state, attempts, nextAt, status, error };
}
