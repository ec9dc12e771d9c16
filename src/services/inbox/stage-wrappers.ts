/** Locks and shared runs that enclose several stages of an arrival (`arrival-stages.ts`). */
import { isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { conversationOf } from '../conversations/conversation.ts';
import { isRelayed } from '../conversations/relayed-types.ts';
import { isStranger } from '../peers/stranger-limits.ts';
import { type Share, withLock } from '../runtime/locks.ts';
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
  let isShared = true;
  const way = async (): Promise<Receipt> => {
    isShared = false;
    const end = await rest(deps);
    return end instanceof Ended ? end.result : end;
  };
  const { tenant, origin, actionId, facts } = arrival;
  // These store more than the receipt (such as the end of parking), so each has its own run.
  if (origin === 'related' || origin === 'parked') return way();
  // A request that waits for the verdict doesn't share the receipt of one that may be parked.
  const receipt = deps.inWork(`${tenant} ${origin} ${actionId}`, way);
  if (facts) facts.shared = isShared;
  return receipt;
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
    if (arrival.facts) arrival.facts.parkedFor = error;
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
 * Runs the stages under the locks of the relation to the issuer and of the tenant's conversation in which the action is relayed. Actions
 * that say something new share the first one, so that a burst of one issuer's waits for the disk once, not one by one.
 */
export async function underItsLocks<T>(
  deps: InboxDeps,
  arrival: AddressedArrival,
  rest: (deps: InboxDeps) => Promise<T>,
): Promise<T> {
  const { tenant, claims, type } = arrival;
  const conversation = conversationOf(deps.store, tenant, [claims.p, claims.sub]);
  const relays = conversation?.issuer === tenant && isRelayed(conversation, type);
  const under = (share: Share): Promise<T> =>
    withLock(
      deps,
      { kind: 'relation', tenant, peer: claims.iss },
      (deps) =>
        relays ? withLock(deps, { kind: 'conversation', tenant, of: conversation.actionId }, rest) : rest(deps),
      share,
    );
  // What a stranger may store in a day is counted where nothing else of it is being stored.
  if (!saysSomethingNew(arrival) || isStranger(deps.store, tenant, claims.iss)) return under('alone');
  try {
    return await under('shared');
  } catch (error) {
    // The same claims were on their way to disk with another signature. Now they are known.
    if (error instanceof CloudilloError && error.code === 'store.duplicate') return under('alone');
    throw error;
  }
}

/** Types whose actions, when they have no key and take nothing back, change nothing that another of the issuer's is decided by. */
const INDEPENDENT: ReadonlySet<string> = new Set(['POST', 'CMNT', 'MSG']);

function saysSomethingNew({ type, subtype, key }: AddressedArrival): boolean {
  return INDEPENDENT.has(type) && subtype !== 'DEL' && key === null;
}
