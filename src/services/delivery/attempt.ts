/** One attempt to deliver one action, stage by stage (`delivery-stages.ts`). */
import { peerTime } from '../../federation/http/clock-difference.ts';
import { isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError, type ErrorObject, errorToObject } from '../../protocol/errors.ts';
import { MAX_FUTURE } from '../../protocol/verify.ts';
import type { Delivery } from '../../store/model/rows.ts';
import { toldError } from '../../store/model/stored-error.ts';
import type { Deps } from '../runtime/deps.ts';
import { type Ended, ended } from '../runtime/stage-list.ts';
import { type ReadToken, readToken } from './action-tokens.ts';
import { isDue, isPermanent, nextAttempt, retryTime } from './delivery-policy.ts';
import { type DeliveryReport, deliveryEvent, deliveryReport, findDelivery, reportOf } from './delivery-report.ts';
import { endDelivery, expireWith, type Outcome, recordAttempt } from './settlement.ts';
import { isUndone, SUPERSEDED } from './superseded.ts';

/** What deliveries need. */
export type DeliverDeps = Pick<Deps, 'store' | 'api' | 'clock' | 'locks' | 'observer'>;

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

/** A delivery that is to be attempted. */
interface Wanted {
  delivery: Delivery;
  options: AttemptOptions;
}

/** After `send`: what the attempt came to, and the peer's HTTP status when it took the action. */
interface Attempted extends Wanted {
  outcome: Outcome;
  status: number | null;
}

/** After `record`: the delivery as the store has it now. */
export interface RecordedAttempt extends Attempted {
  after: Delivery;
}

/** Whoever was before us may have done it, or failed just now: asking again at once would be of no use. */
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

/** Sends the token. What the peer does, and what keeps it from being reached, is the outcome. @throws CloudilloError `store.*` */
export async function send(deps: DeliverDeps, { delivery, options }: Wanted): Promise<Attempted> {
  const { outcome, status } = await attempt(deps, delivery, options);
  options.onAnswer?.();
  return { delivery, options, outcome, status };
}

/** Writes the outcome down, unless the owner ended the delivery meanwhile and the peer doesn't have it. */
export async function recordOutcome(deps: DeliverDeps, attempted: Attempted): Promise<RecordedAttempt> {
  const { delivery, outcome } = attempted;
  const { tenant, actionId, to } = delivery;
  const now = findDelivery(deps.store, tenant, actionId, to);
  if (now && now.state !== 'queued' && outcome.delivery.state !== 'delivered') return { ...attempted, after: now };
  await recordAttempt(deps, outcome);
  return { ...attempted, after: findDelivery(deps.store, tenant, actionId, to) as Delivery };
}

/** Ends what would be tried too late now that the peer failed. */
export async function expireOthers(
  deps: DeliverDeps,
  recorded: RecordedAttempt,
): Promise<RecordedAttempt | Ended<DeliveryReport>> {
  const { delivery, outcome, after } = recorded;
  // What somebody else was just writing down stands.
  if (after.state !== outcome.delivery.state) return ended(reportOf(after));
  if (outcome.peerNextAt !== undefined) await expireWith(deps, delivery, outcome.peerNextAt, outcome.error);
  return recorded;
}

/** The end of the way. */
export function toReport(_deps: DeliverDeps, { after, status, outcome }: RecordedAttempt): DeliveryReport {
  return deliveryReport(after, status, outcome.error);
}

async function attempt(
  deps: DeliverDeps,
  delivery: Delivery,
  options: AttemptOptions,
): Promise<{ outcome: Outcome; status: number | null }> {
  try {
    const status = await postToken(deps, delivery, options);
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
  return postToken(deps, delivery, { sync: true });
}

async function postToken(
  { store, api }: DeliverDeps,
  delivery: Delivery,
  { sync, retry, readToken: read = (wanted) => readToken(store, wanted) }: AttemptOptions,
): Promise<number> {
  const token = await read(delivery);
  const related = delivery.hasRelated ? await store.deliveryRelated(delivery) : [];
  const { status } = await api.postInbox(delivery.to, token, { sync, related, retry });
  return status;
}

/** The delivery after a failed attempt: another time, or over. */
function failed({ store, clock }: DeliverDeps, delivery: Delivery, cause: unknown): Outcome {
  const attempts = delivery.attempts + 1;
  const error = errorToObject(cause);
  const tooEarly = secondsTooEarly(store, delivery, cause);
  if (isPermanent(cause) && tooEarly === null) return { delivery: { ...delivery, state: 'refused', attempts }, error };
  const retryAfter = cause instanceof CloudilloError ? cause.retryAfter : undefined;
  const failure = store.openCircuit(delivery.to);
  // Those that were under way together fail once.
  const failures = failure ? failure.failures + (isDue(failure.nextAt, clock.monotonic()) ? 1 : 0) : 1;
  const peerNextAt = retryTime(failures, clock.monotonic(), retryAfter);
  // By its own attempts when the peer takes others meanwhile, by the peer's failures when it takes nothing.
  const nextAt = nextAttempt(Math.max(attempts, failures), delivery.firstAt, clock, tooEarly ?? retryAfter);
  if (nextAt === null) return { delivery: { ...delivery, attempts, state: 'expired' }, error, peerNextAt };
  // It keeps its place when it isn't the trouble: what comes after it, and waits for the same peer, may rest on it.
  const waits = isUnread(error)
    ? { nextAt: clock.monotonic(), place: Math.min(delivery.firstAt, clock.monotonic()) }
    : { nextAt, place: nextAt };
  return { delivery: { ...delivery, attempts, nextAt: waits.nextAt }, error, peerNextAt, place: waits.place };
}

/**
 * Our clock was ahead when the action was signed, and the peer refused it for that: the same token is right as soon as the peer's clock
 * has come to it.
 * @returns seconds until then; null: the peer didn't refuse for that
 */
function secondsTooEarly(store: DeliverDeps['store'], { tenant, actionId }: Delivery, cause: unknown): number | null {
  const theirs = peerTime(cause);
  const { createdAt } = store.row(tenant, actionId) ?? {};
  if (theirs === null || createdAt === undefined || createdAt <= theirs + MAX_FUTURE) return null;
  return createdAt - theirs - MAX_FUTURE;
}

/** Nothing was sent yet, or a proxy answered for the peer: then the action isn't the trouble. */
function isUnread({ stage, details }: ErrorObject): boolean {
  return ['dns', 'connect', 'tls'].includes(stage ?? '') || [502, 503].includes(details?.['status'] as number);
}
