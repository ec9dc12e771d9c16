/** Locks and shared runs that enclose several stages of an arrival (`arrival-stages.ts`). */
import { isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { conversationOf } from '../conversations/conversation.ts';
import { isRelayed } from '../conversations/relayed-types.ts';
import { withLock } from '../runtime/locks.ts';
import { Ended, ended } from '../runtime/stage-list.ts';
import type { AddressedArrival, DecodedArrival, Origin } from './arrival.ts';
import { isConn } from './duplicates.ts';
import type { InboxDeps } from './inbox-deps.ts';
import { park } from './park.ts';
import type { Receipt } from './receipt.ts';

/** The enclosed stages and those after them. */
type Rest = (deps: InboxDeps) => Promise<Receipt | Ended<Receipt>>;

/** Concurrent requests with the same token share one run and its receipt. */
export async function onceAtATime(deps: InboxDeps, arrival: DecodedArrival, rest: Rest): Promise<Receipt> {
  const way = async (): Promise<Receipt> => {
    const end = await rest(deps);
    return end instanceof Ended ? end.result : end;
  };
  const { tenant, origin, actionId } = arrival;
  // These store more than the receipt (such as the end of parking), so each has its own run.
  if (origin === 'related' || origin === 'parked') return way();
  // A request that waits for the verdict doesn't share the receipt of one that may be parked.
  return deps.inWork(`${tenant} ${origin} ${actionId}`, way);
}

/** A token that fails counts against the address that sent it. */
export async function blamingTheSender(deps: InboxDeps, arrival: DecodedArrival, rest: Rest) {
  try {
    return await rest(deps);
  } catch (error) {
    if (error instanceof CloudilloError && isCodeOf(error.code, 'token')) {
      if (error.code === 'token.signature') arrival.sender?.badSignature();
      // A demand for proof of work is no fault of the token. Counting it would raise the demand each time.
      if (isConn(arrival.decoded) && error.code !== 'token.proof-of-work') arrival.sender?.troublesomeConn();
    }
    throw error;
  }
}

/** Parks the token after a failure that may pass: the issuer's server can't be reached, or this one is busy. */
export async function orParked(deps: InboxDeps, arrival: DecodedArrival, rest: Rest) {
  try {
    return await rest(deps);
  } catch (error) {
    if (!(error instanceof CloudilloError) || !mayPark(arrival.origin, error)) throw error;
    const receipt = await park(deps, arrival, arrival.decoded, error);
    deps.log('info', 'arrival parked', {
      tenant: arrival.tenant,
      actionId: arrival.actionId,
      refusal: error.refusal(deps.clock.wall()),
    });
    return ended(receipt);
  }
}

/**
 * Whether the token may be parked. The network's server takes any JSON answer for a delivery, so a token that is refused
 * temporarily is lost. With a full disk none can be stored, and a stranger that has used up its day gets no more room by parking.
 */
function mayPark(origin: Origin, { code, retryable }: CloudilloError): boolean {
  return retryable && (origin === 'inbox' || origin === 'related') && !isCodeOf(code, 'store') && code !== 'rate.quota';
}

/**
 * Runs the stages under the locks of the relation to the issuer and of the tenant's conversation in which the action is relayed.
 */
export function underItsLocks<T>(
  deps: InboxDeps,
  { tenant, claims, type }: AddressedArrival,
  rest: (deps: InboxDeps) => Promise<T>,
): Promise<T> {
  const conversation = conversationOf(deps.store, tenant, [claims.p, claims.sub]);
  const relays = conversation?.issuer === tenant && isRelayed(conversation, type);
  return withLock(deps, { kind: 'relation', tenant, peer: claims.iss }, (deps) =>
    relays ? withLock(deps, { kind: 'conversation', tenant, of: conversation.actionId }, rest) : rest(deps),
  );
}
