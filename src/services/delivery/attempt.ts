/** One attempt to deliver one action, stage by stage (`delivery-stages.ts`). */
import { peerTime } from '../../federation/http/clock-difference.ts';
import { isLocalFailure } from '../../federation/http/network-failure.ts';
import { isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError, type ErrorObject, errorToObject } from '../../protocol/errors.ts';
import { MAX_FUTURE } from '../../protocol/verify.ts';
import type { Delivery } from '../../store/model/rows.ts';
import { type StoredAnswer, toldError } from '../../store/model/stored-error.ts';
import type { Deps } from '../runtime/deps.ts';
import { type Ended, ended } from '../runtime/stage-list.ts';
import { type ReadToken, readToken } from './action-tokens.ts';
import { isDue, isOverdue, isPermanent, nextAttempt, retryTime } from './delivery-policy.ts';
import { type DeliveryReport, deliveryEvent, deliveryReport, findDelivery, reportOf } from './delivery-report.ts';
import { endDelivery, expireWith, type Outcome, recordAttempt } from './settlement.ts';
import { isUndone, SUPERSEDED } from './superseded.ts';

/** The parts that deliveries need. */
export type DeliverDeps = Pick<Deps, 'store' | 'api' | 'clock' | 'locks' | 'observer'>;

/** How an attempt is made. */
export interface AttemptOptions {
  /** Ask `/api/inbox/sync`, which verifies before it answers. */
  sync?: boolean;
  /** Repeat the request within the attempt when it fails. Default: as the requester does. */
  retry?: boolean | undefined;
  /** Where the token comes from. Default: the journal. */
  readToken?: ReadToken;
  /** Called when the peer has answered or failed, before the outcome is stored. */
  onAnswer?: () => void;
}

/** A delivery that is to be attempted. */
interface Wanted {
  delivery: Delivery;
  options: AttemptOptions;
}

/** After `send`: the outcome, and the HTTP status of a peer that accepted the action. */
interface Attempted extends Wanted {
  outcome: Outcome;
  status: number | null;
}

/** After `record`: the delivery as the store has it now. */
export interface RecordedAttempt extends Attempted {
  after: Delivery;
}

/** Ends the attempt when another one has just ended the delivery or failed. Asking the peer again at once would be useless. */
export function endIfOver({ store }: DeliverDeps, { delivery, options }: Wanted): Wanted | Ended<DeliveryReport> {
  const { tenant, actionId, to, attempts } = delivery;
  const current = findDelivery(store, tenant, actionId, to) ?? delivery;
  if (current.state !== 'queued' || current.attempts > attempts) return ended(reportOf(current));
  return { delivery: current, options };
}

/** Ends a delivery whose peer the owner has blocked, or whose action was deleted or replaced, since it was queued. */
export async function endIfUnwanted(deps: DeliverDeps, wanted: Wanted): Promise<Wanted | Ended<DeliveryReport>> {
  const { tenant, actionId, to } = wanted.delivery;
  if (deps.store.treatment(tenant, to).blocked) return endAs(deps, wanted.delivery, 'dropped', null);
  const isSuperseded = isUndone(deps.store.row(tenant, actionId));
  return isSuperseded ? endAs(deps, wanted.delivery, 'superseded', toldError(SUPERSEDED, false)) : wanted;
}

async function endAs(
  deps: DeliverDeps,
  delivery: Delivery,
  state: Delivery['state'],
  error: ErrorObject | null,
): Promise<Ended<DeliveryReport>> {
  const over: Delivery = { ...delivery, state };
  await endDelivery(deps, over, deliveryEvent(over, deps.clock.wall(), error));
  return ended(deliveryReport(over, null, error));
}

/** Sends the token. An answer or an unreachable peer is the outcome, not an error. @throws CloudilloError `store.*` */
export async function send(deps: DeliverDeps, { delivery, options }: Wanted): Promise<Attempted> {
  const { outcome, status } = await attempt(deps, delivery, options);
  options.onAnswer?.();
  return { delivery, options, outcome, status };
}

/** Stores the outcome. It doesn't when the owner ended the delivery meanwhile and the peer doesn't have the action. */
export async function recordOutcome(deps: DeliverDeps, attempted: Attempted): Promise<RecordedAttempt> {
  const { delivery, outcome } = attempted;
  const { tenant, actionId, to } = delivery;
  const now = findDelivery(deps.store, tenant, actionId, to);
  if (now && now.state !== 'queued' && outcome.delivery.state !== 'delivered') return { ...attempted, after: now };
  await recordAttempt(deps, outcome);
  return { ...attempted, after: findDelivery(deps.store, tenant, actionId, to) as Delivery };
}

/** Ends the other deliveries to a failing peer whose next attempt would come too late. */
export async function expireOthers(
  deps: DeliverDeps,
  recorded: RecordedAttempt,
): Promise<RecordedAttempt | Ended<DeliveryReport>> {
  const { delivery, outcome, after } = recorded;
  // Another task was just storing another end, which stands.
  if (after.state !== outcome.delivery.state) return ended(reportOf(after));
  if (outcome.peer) await expireWith(deps, delivery, outcome.peer, outcome.error);
  return recorded;
}

/** The last stage: the report. */
export function toReport(_deps: DeliverDeps, { after, status, outcome }: RecordedAttempt): DeliveryReport {
  return deliveryReport(after, status, outcome.error, { parkedUntil: outcome.answer?.parkedUntil });
}

async function attempt(
  deps: DeliverDeps,
  delivery: Delivery,
  options: AttemptOptions,
): Promise<{ outcome: Outcome; status: number | null }> {
  try {
    const { status, answer } = await postToken(deps, delivery, options);
    const delivered: Delivery = { ...delivery, state: 'delivered', attempts: delivery.attempts + 1 };
    return { outcome: { delivery: delivered, error: null, ...(answer && { answer }) }, status };
  } catch (error) {
    if (error instanceof CloudilloError && isCodeOf(error.code, 'store')) throw error;
    return { outcome: failed(deps, delivery, error), status: null };
  }
}

/**
 * Asks the peer again about an action that it accepted, with the same token at `/api/inbox/sync`. The peer answers as the first
 * time. Nothing changes here.
 * @returns the HTTP status
 * @throws CloudilloError as a delivery: `dns.*`, `network.*`, `tls.*`, `peer.*`
 */
export async function askAgain(deps: DeliverDeps, delivery: Delivery): Promise<number> {
  return (await postToken(deps, delivery, { sync: true })).status;
}

async function postToken(
  { store, api }: DeliverDeps,
  delivery: Delivery,
  { sync, retry, readToken: read = (wanted) => readToken(store, wanted) }: AttemptOptions,
): Promise<{ status: number; answer: StoredAnswer | null }> {
  const token = await read(delivery);
  const related = delivery.hasRelated ? await store.deliveryRelated(delivery) : [];
  const { status, requestId, parkedUntil } = await api.postInbox(delivery.to, token, { sync, related, retry });
  const answer = { ...(requestId !== undefined && { requestId }), ...(parkedUntil !== undefined && { parkedUntil }) };
  return { status, answer: Object.keys(answer).length > 0 ? answer : null };
}

/** The delivery after a failed attempt: queued for another one, or over. */
function failed({ store, clock }: DeliverDeps, delivery: Delivery, cause: unknown): Outcome {
  if (isLocalFailure(cause)) return unasked(clock, delivery, cause);
  const attempts = delivery.attempts + 1;
  const error = errorToObject(cause);
  const tooEarly = secondsTooEarly(store, delivery, cause);
  if (isPermanent(cause) && tooEarly === null) return { delivery: { ...delivery, state: 'refused', attempts }, error };
  const retryAfter = cause instanceof CloudilloError ? cause.retryAfter : undefined;
  const failure = store.openCircuit(delivery.to);
  // Attempts that were under way together count as one failure.
  const failures = failure ? failure.failures + (isDue(failure.nextAt, clock.monotonic()) ? 1 : 0) : 1;
  const peer = { nextAt: retryTime(failures, clock.monotonic(), retryAfter), failures };
  // The delivery's own attempts count when the peer accepts other actions, the peer's failures when it accepts none.
  const nextAt = nextAttempt(Math.max(attempts, failures), delivery.firstAt, clock, tooEarly ?? retryAfter);
  if (nextAt === null) return { delivery: { ...delivery, attempts, state: 'expired' }, error, peer };
  // A delivery that wasn't at fault keeps its queue place: the ones behind it, to the same peer, may depend on it.
  const waits = isUnread(error)
    ? { nextAt: clock.monotonic(), queuePlace: Math.min(delivery.firstAt, clock.monotonic()) }
    : { nextAt, queuePlace: nextAt };
  return { delivery: { ...delivery, attempts, nextAt: waits.nextAt }, error, peer, queuePlace: waits.queuePlace };
}

/** The delivery when this machine couldn't ask. It isn't an attempt: its count, its place and the circuit of the peer stay. */
function unasked(clock: DeliverDeps['clock'], delivery: Delivery, cause: unknown): Outcome {
  const now = clock.monotonic();
  const state = isOverdue(delivery.firstAt, clock) ? 'expired' : 'queued';
  const queuePlace = Math.min(delivery.firstAt, now);
  return { delivery: { ...delivery, state, nextAt: now }, error: errorToObject(cause), queuePlace };
}

/**
 * The clock here was ahead when the action was signed, and the peer refused it for that. The same token becomes valid when the
 * peer's clock reaches its time.
 * @returns seconds until then; null: the peer refused for another reason
 */
function secondsTooEarly(store: DeliverDeps['store'], { tenant, actionId }: Delivery, cause: unknown): number | null {
  const theirs = peerTime(cause);
  const { createdAt } = store.row(tenant, actionId) ?? {};
  if (theirs === null || createdAt === undefined || createdAt <= theirs + MAX_FUTURE) return null;
  return createdAt - theirs - MAX_FUTURE;
}

/** Whether the peer never read the action: nothing was sent, or a proxy answered in its place. */
function isUnread({ stage, details }: ErrorObject): boolean {
  return ['dns', 'connect', 'tls'].includes(stage ?? '') || [502, 503].includes(details?.['status'] as number);
}
