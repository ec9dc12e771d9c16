/** Decodes an arriving token, and ends the arrival of one that is stored already. */
import { splitType } from '../../protocol/action-types.ts';
import type { DecodedToken } from '../../protocol/token.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import { assertStrangerMayStore, isStranger, type StrangerDeps } from '../peers/stranger-limits.ts';
import { type Ended, ended } from '../runtime/stage-list.ts';
import { aliasEvents } from './alias-events.ts';
import type { ArrivedToken, DecodedArrival } from './arrival.ts';
import type { InboxDeps } from './inbox-deps.ts';
import type { Receipt } from './receipt.ts';
import { decodedOf } from './verify-arrival.ts';

/** Decodes the token. @throws CloudilloError `token.malformed` */
export function decode(_deps: InboxDeps, arrived: ArrivedToken): DecodedArrival {
  const decoded = arrived.decoded ?? decodedOf(arrived.token);
  if (arrived.facts) arrived.facts.decoded = decoded;
  const arrival = arrived as DecodedArrival;
  arrival.decoded = decoded;
  arrival.actionId = decoded.actionId;
  return arrival;
}

/** Ends the arrival of a token that is stored, byte for byte, with the receipt of the first time. */
export function endIfKnown<A extends DecodedArrival>(
  { store }: Pick<InboxDeps, 'store'>,
  arrival: A,
): A | Promise<Ended<Receipt>> {
  const known = store.row(arrival.tenant, arrival.actionId);
  return known === null ? arrival : endAsDuplicate({ store }, arrival, known.actionId, []);
}

/** Ends the arrival of a verified token whose claims are stored. Another signature makes another ID of the same action. */
export function endIfTwin<A extends DecodedArrival>(
  deps: Pick<InboxDeps, 'live'> & StrangerDeps,
  arrival: A,
): A | Promise<Ended<Receipt>> {
  const known = deps.store.duplicateOf(arrival.tenant, arrival.decoded);
  return known === null ? arrival : endAsTwin(deps, arrival, known);
}

async function endAsTwin(
  deps: Pick<InboxDeps, 'live'> & StrangerDeps,
  arrival: DecodedArrival,
  known: string,
): Promise<Ended<Receipt>> {
  const { store, clock, live } = deps;
  const { tenant, decoded, token } = arrival;
  const events = aliasEvents(store, tenant, decoded, known, clock.wall());
  const issuer = store.row(tenant, known)?.issuer ?? null;
  if (events.length > 0 && issuer !== null && isStranger(store, tenant, issuer)) {
    await assertStrangerMayStore(deps, { tenant, issuer, bytes: token.length });
  }
  const end = await endAsDuplicate({ store }, arrival, known, events);
  live.announceEvents(events);
  return end;
}

async function endAsDuplicate(
  { store }: Pick<InboxDeps, 'store'>,
  { decoded, sender, eventsWith }: DecodedArrival,
  known: string,
  alias: JournalEvent[],
): Promise<Ended<Receipt>> {
  if (isConn(decoded)) sender?.troublesomeConn();
  const events = [...alias, ...(eventsWith?.('duplicate') ?? [])];
  if (events.length > 0) await store.append(events);
  return ended({ actionId: known, outcome: 'duplicate' });
}

/** Whether it is a CONN. Nothing is verified: the claims may have any shape. */
export function isConn({ claims }: DecodedToken): boolean {
  return typeof claims.t === 'string' && splitType(claims.t).type === 'CONN';
}
