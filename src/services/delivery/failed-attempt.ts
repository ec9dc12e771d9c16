/** What becomes of a delivery after an attempt without success. */
import { peerTime, refusesContent } from '../../federation/http/clock-difference.ts';
import { isLocalFailure } from '../../federation/http/network-failure.ts';
import { CloudilloError, type ErrorObject, errorToObject } from '../../protocol/errors.ts';
import { MAX_FUTURE } from '../../protocol/verify.ts';
import type { Delivery } from '../../store/model/rows.ts';
import type { Deps } from '../runtime/deps.ts';
import { isDue, isOverdue, isPermanent, nextAttempt, retryTime } from './delivery-policy.ts';
import type { Outcome } from './settlement.ts';

type FailedDeps = Pick<Deps, 'store' | 'clock'>;

/** The delivery after a failed attempt: queued for another one, or over. */
export function failed(deps: FailedDeps, delivery: Delivery, cause: unknown): Outcome {
  const { store, clock } = deps;
  if (isLocalFailure(cause)) return unasked(clock, delivery, cause);
  const attempts = delivery.attempts + 1;
  const error = errorToObject(cause);
  const tooEarly = secondsTooEarly(deps, delivery, cause);
  if (isPermanent(cause) && tooEarly === null) return { delivery: { ...delivery, state: 'refused', attempts }, error };
  const retryAfter = cause instanceof CloudilloError ? cause.retryAfter : undefined;
  if (tooEarly !== null || isLimited(error.details)) return answered(clock, delivery, { error, tooEarly, retryAfter });
  const failure = store.openCircuit(delivery.to);
  // Attempts that were under way together count as one failure.
  const failures = failure ? failure.failures + (isDue(failure.nextAt, clock.monotonic()) ? 1 : 0) : 1;
  const peer = { nextAt: retryTime(failures, clock.monotonic(), retryAfter), failures };
  // The delivery's own attempts count when the peer accepts other actions, the peer's failures when it accepts none.
  const nextAt = nextAttempt(Math.max(attempts, failures), delivery.firstAt, clock, retryAfter);
  if (nextAt === null) return { delivery: { ...delivery, attempts, state: 'expired' }, error, peer };
  // A delivery that wasn't at fault keeps its queue place: the ones behind it, to the same peer, may depend on it.
  const waits = isUnread(error)
    ? { nextAt: clock.monotonic(), queuePlace: Math.min(delivery.firstAt, clock.monotonic()) }
    : { nextAt, queuePlace: nextAt };
  return { delivery: { ...delivery, attempts, nextAt: waits.nextAt }, error, peer, queuePlace: waits.queuePlace };
}

/**
 * The delivery after an answer that asks for time and says nothing about the peer's health: a limit, or an action whose time hasn't come
 * there. The circuit is closed. A limit may be one of the issuer's (specification: Strangers), so that it holds back what this identity
 * sends to this peer, and nobody else's deliveries.
 */
function answered(
  clock: FailedDeps['clock'],
  delivery: Delivery,
  { error, tooEarly, retryAfter }: { error: ErrorObject; tooEarly: number | null; retryAfter: number | undefined },
): Outcome {
  const attempts = delivery.attempts + 1;
  const peer = { nextAt: clock.monotonic(), failures: 0 };
  const nextAt = nextAttempt(attempts, delivery.firstAt, clock, tooEarly ?? retryAfter);
  if (nextAt === null) return { delivery: { ...delivery, attempts, state: 'expired' }, error, peer };
  // With its queue place kept, the ones behind it wait for it.
  const queuePlace = tooEarly === null ? Math.min(delivery.firstAt, clock.monotonic()) : nextAt;
  return { delivery: { ...delivery, attempts, nextAt }, error, peer, queuePlace };
}

/** The delivery when this machine couldn't ask. It isn't an attempt: its count, its place and the circuit of the peer stay. */
function unasked(clock: FailedDeps['clock'], delivery: Delivery, cause: unknown): Outcome {
  const now = clock.monotonic();
  const state = isOverdue(delivery.firstAt, clock) ? 'expired' : 'queued';
  const queuePlace = Math.min(delivery.firstAt, now);
  return { delivery: { ...delivery, state, nextAt: now }, error: errorToObject(cause), queuePlace };
}

/** Up to here clocks count as the same, seconds. */
const SAME_CLOCK = 30;

/**
 * The clock here was ahead when the action was signed, and the peer refused it for that. The same token becomes valid when the
 * peer's clock reaches its time. Where the two clocks agree, the one here has been set right meanwhile, and says the same.
 * @returns seconds until then; null: the peer refused for another reason
 */
function secondsTooEarly({ store, clock }: FailedDeps, { tenant, actionId }: Delivery, cause: unknown): number | null {
  const theirs = peerTime(cause) ?? (refusesContent(cause) ? clock.wall() / 1000 : null);
  const { createdAt } = store.row(tenant, actionId) ?? {};
  if (theirs === null || createdAt === undefined || createdAt <= theirs + MAX_FUTURE - SAME_CLOCK) return null;
  return Math.max(0, createdAt - theirs - MAX_FUTURE);
}

/** Whether the peer never read the action: nothing was sent, or a proxy answered in its place. */
function isUnread({ stage, details }: ErrorObject): boolean {
  return ['dns', 'connect', 'tls'].includes(stage ?? '') || [502, 503].includes(details?.['status'] as number);
}

/** Whether the peer answered that it has had enough for now. */
export function isLimited(facts: { status?: unknown } | undefined): boolean {
  return facts?.status === 429;
}
