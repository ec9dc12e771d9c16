/** One attempt to deliver one action, stage by stage (`delivery-stages.ts`). */
import { isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError, type ErrorObject } from '../../protocol/errors.ts';
import type { Delivery } from '../../store/model/rows.ts';
import { type StoredAnswer, toldError } from '../../store/model/stored-error.ts';
import type { Deps } from '../runtime/deps.ts';
import { type Ended, ended } from '../runtime/stage-list.ts';
import { type ReadToken, readToken } from './action-tokens.ts';
import { type DeliveryReport, deliveryEvent, deliveryReport, findDelivery, reportOf } from './delivery-report.ts';
import { failed } from './failed-attempt.ts';
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
  if (outcome.peer && outcome.peer.failures > 0) await expireWith(deps, delivery, outcome.peer, outcome.error);
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
