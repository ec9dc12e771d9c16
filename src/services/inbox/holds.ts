/** What holds while an arriving token goes a part of its way (`arrival-stages.ts`). */
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

/** The rest of the way, with its end. */
type Rest = (deps: InboxDeps) => Promise<Receipt | Ended<Receipt>>;

/** Requests with the same token share one way, and its receipt. */
export async function onceAtATime(deps: InboxDeps, arrival: DecodedArrival, rest: Rest): Promise<Receipt> {
  const way = async (): Promise<Receipt> => {
    const end = await rest(deps);
    return end instanceof Ended ? end.result : end;
  };
  const { tenant, origin, actionId } = arrival;
  // These store more than the receipt tells, a parked token that is no longer for instance: each goes its own way.
  if (origin === 'related' || origin === 'parked') return way();
  // Whoever wants the verdict now doesn't share the receipt of whoever is content with a parked token.
  return deps.inWork(`${tenant} ${origin} ${actionId}`, way);
}

/** A token that fails counts against the address that sent it. */
export async function blamingTheSender(deps: InboxDeps, arrival: DecodedArrival, rest: Rest) {
  try {
    return await rest(deps);
  } catch (error) {
    if (error instanceof CloudilloError && isCodeOf(error.code, 'token')) {
      if (error.code === 'token.signature') arrival.sender?.badSignature();
      // Asking for work isn't a failure of the token; counting it would ask for more each time.
      if (isConn(arrival.decoded) && error.code !== 'token.proof-of-work') arrival.sender?.troublesomeConn();
    }
    throw error;
  }
}

/** Parks the token when what failed may be over in a while: the issuer's server is down, or this one is busy. */
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

/** The network's server takes any answer in JSON for a delivery: a token that is refused for now is lost. A full disk keeps none. */
function mayPark(origin: Origin, { code, retryable }: CloudilloError): boolean {
  return retryable && (origin === 'inbox' || origin === 'related') && !isCodeOf(code, 'store');
}

/** The lock of the relation with the issuer, and of the conversation of ours that the action is relayed in. */
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
