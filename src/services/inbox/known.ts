/** The first look at an arriving token: is it one, and do we have it? */
import { splitType } from '../../protocol/action-types.ts';
import { CloudilloError, refusedAt } from '../../protocol/errors.ts';
import { type DecodedToken, decodeToken } from '../../protocol/token.ts';
import { type Ended, ended } from '../runtime/stage-list.ts';
import type { ArrivedToken, DecodedArrival } from './arrival.ts';
import type { InboxDeps } from './inbox-deps.ts';
import type { Receipt } from './receipt.ts';

/** @throws CloudilloError `token.malformed` */
export function decode(_deps: InboxDeps, arrived: ArrivedToken): DecodedArrival {
  const decoded = arrived.decoded ?? decodedOf(arrived.token);
  return { ...arrived, decoded, actionId: decoded.actionId };
}

function decodedOf(token: string): DecodedToken {
  try {
    return decodeToken(token);
  } catch (error) {
    throw error instanceof CloudilloError ? refusedAt(error, { check: 'format' }) : error;
  }
}

/** Ends the way of an action that is here already, with the receipt of the first time. */
export async function endIfKnown<A extends DecodedArrival>(
  { store }: Pick<InboxDeps, 'store'>,
  arrival: A,
): Promise<A | Ended<Receipt>> {
  const { tenant, decoded, sender, eventsWith: settle } = arrival;
  const known = store.duplicateOf(tenant, decoded);
  if (known === null) return arrival;
  if (isConn(decoded)) sender?.troublesomeConn();
  const events = settle?.('duplicate') ?? [];
  if (events.length > 0) await store.append(events);
  return ended({ actionId: known, outcome: 'duplicate' });
}

/** Is it about a connection? Nothing is verified: the claims may be anything. */
export function isConn({ claims }: DecodedToken): boolean {
  return typeof claims.t === 'string' && splitType(claims.t).type === 'CONN';
}
