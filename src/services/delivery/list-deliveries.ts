/** Lists deliveries for people and scripts. */
import { isContentId } from '../../protocol/content-id.ts';
import { CloudilloError, type ErrorObject } from '../../protocol/errors.ts';
import { parseIdTag } from '../../protocol/id-tag.ts';
import type { DeliveryState } from '../../store/model/events.ts';
import type { Delivery, DeliveryFilter } from '../../store/model/rows.ts';
import { toldError } from '../../store/model/stored-error.ts';
import { actingTenant } from '../runtime/acting-tenant.ts';
import type { Deps } from '../runtime/deps.ts';
import { isLimited } from './failed-attempt.ts';

/** Which deliveries. All given conditions hold at once. */
export interface ChosenDeliveries {
  /** The deliveries of this tenant. Default: of all tenants of the home. */
  as?: string | undefined;
  state?: DeliveryState | undefined;
  /** The recipient. */
  to?: string | undefined;
  /** The ID of an action, or its beginning. */
  actionId?: string | undefined;
}

/** A delivery for people and scripts. */
export interface DeliveryView {
  tenant: string;
  actionId: string;
  /** With its subtype; null when the action's record is damaged. */
  type: string | null;
  to: string;
  state: DeliveryState;
  attempts: number;
  /** ISO 8601; null when it is over. */
  nextAt: string | null;
  /** ISO 8601. */
  queuedAt: string;
  /** The last attempt or the last other change, ISO 8601. */
  changedAt: string;
  /** The error of the last attempt; of a delivery that others hold up, the error of theirs. */
  error: ErrorObject | null;
}

/** A delivery with what the peer said when it took the action. */
export interface AnsweredDelivery extends DeliveryView {
  /** null: it said nothing, or has not taken it. `parkedUntil` is ISO 8601: it took the action unverified, and tries again then. */
  answer: { requestId: string | null; parkedUntil: string | null } | null;
}

/** Lists deliveries, newest first. */
export async function listDeliveries(
  { store, identities }: Pick<Deps, 'store' | 'identities'>,
  input: ChosenDeliveries & { limit: number },
): Promise<{ deliveries: DeliveryView[]; hasMore: boolean }> {
  const filter = await deliveryFilter({ store, identities }, input);
  const deliveries: DeliveryView[] = [];
  const obstacles = new Map<string, Obstacle | null>();
  for (const delivery of store.deliveryRows({ ...filter, order: 'newest' })) {
    if (deliveries.length === input.limit) return { deliveries, hasMore: true };
    deliveries.push(viewOf(store, held(store, delivery, obstacles)));
  }
  return { deliveries, hasMore: false };
}

/**
 * The store's filter for the chosen deliveries.
 * @throws CloudilloError `usage.id-tag`, `usage.action-id`, `store.no-action`, `home.identity-missing`
 */
export async function deliveryFilter(
  { store, identities }: Pick<Deps, 'store' | 'identities'>,
  { as, state, to, actionId }: ChosenDeliveries,
): Promise<DeliveryFilter> {
  const tenant = as === undefined ? undefined : (await actingTenant(identities, as)).idTag;
  const filter = { tenant, state, to: to === undefined ? undefined : parseIdTag(to) };
  return actionId === undefined ? filter : { ...filter, actionId: await wholeId(store, filter, actionId) };
}

/** The only action with deliveries whose ID begins so. */
async function wholeId(store: Deps['store'], filter: DeliveryFilter, beginning: string): Promise<string> {
  if (!/^a1~[\w-]*$/.test(beginning)) {
    throw new CloudilloError('usage.action-id', `"${beginning}" is neither an action ID nor the beginning of one`, {
      stage: 'input',
      hint: 'Action IDs look like a1~… : see cloudillo deliveries',
    });
  }
  if (isContentId(beginning, 'a1')) {
    if (store.deliveries({ tenant: filter.tenant, actionId: beginning, limit: 1 }).length > 0) return beginning;
    throw unknown(beginning);
  }
  const [actionId, other] = await store.deliveredBeginningWith(filter.tenant, beginning, 2);
  if (actionId !== undefined && other === undefined) return actionId;
  if (other !== undefined) {
    throw new CloudilloError('usage.action-id', `Several actions begin with ${beginning}`, {
      stage: 'input',
      hint: 'Give more characters of the ID',
    });
  }
  throw unknown(beginning);
}

function unknown(actionId: string): CloudilloError {
  return new CloudilloError('store.no-action', `No action ${actionId} was queued for delivery here`, {
    stage: 'store',
    hint: 'List them with: cloudillo deliveries',
  });
}

/** Reads what the peer said of a delivery. It stands in the journal, so that lists leave it out. @throws CloudilloError `store.*` */
export async function withAnswer({ store }: Pick<Deps, 'store'>, delivery: DeliveryView): Promise<AnsweredDelivery> {
  const stored = await store.deliveryAnswer(delivery);
  if (!stored) return { ...delivery, answer: null };
  const { requestId = null, parkedUntil } = stored;
  return { ...delivery, answer: { requestId, parkedUntil: parkedUntil === undefined ? null : iso(parkedUntil) } };
}

/** What holds up deliveries, and until when. */
type Obstacle = Pick<Delivery, 'error' | 'nextAt'>;

/**
 * A delivery that waits without an attempt, with what it waits for: the peer's circuit, or an earlier one to it that the peer asked to
 * wait. Otherwise nobody would see why nothing is sent.
 * @param known the obstacles that were found before, by tenant and peer
 */
function held(store: Deps['store'], delivery: Delivery, known: Map<string, Obstacle | null>): Delivery {
  const { tenant, to, state, error, nextAt } = delivery;
  if (state !== 'queued' || error) return delivery;
  const pair = `${tenant} ${to}`;
  const obstacle = known.has(pair) ? known.get(pair) : (store.openCircuit(to) ?? limitOf(store, tenant, to));
  known.set(pair, obstacle ?? null);
  if (!obstacle) return delivery;
  return { ...delivery, error: obstacle.error, nextAt: Math.max(nextAt ?? 0, obstacle.nextAt ?? 0) };
}

function limitOf(store: Deps['store'], tenant: string, to: string): Obstacle | null {
  for (const delivery of store.deliveryRows({ tenant, to, state: 'queued' })) {
    if (delivery.error && isLimited(delivery.error.facts)) return delivery;
  }
  return null;
}

function viewOf(store: Deps['store'], delivery: Delivery): DeliveryView {
  const { tenant, actionId, to, state, attempts, nextAt, firstAt, at, error } = delivery;
  const row = store.row(tenant, actionId);
  const subtype = row?.subtype ? `:${row.subtype}` : '';
  return {
    tenant,
    actionId,
    type: row ? row.type + subtype : null,
    to,
    state,
    attempts,
    nextAt: state === 'queued' && nextAt !== null ? iso(nextAt) : null,
    queuedAt: iso(firstAt),
    changedAt: iso(at),
    error: error && toldError(error, state === 'queued'),
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
