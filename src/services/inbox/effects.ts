/** Decides, stores and announces the effects of an arriving action. */
import type { Visibility } from '../../protocol/visibility.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import { isSubscribable } from '../conversations/conversation.ts';
import { peerEvent } from '../peers/peer-event.ts';
import { answersTo } from './answers.ts';
import type { AddressedArrival, DecidedArrival } from './arrival.ts';
import { type ArrivalEffect, effectAtArrival } from './arrival-effect.ts';
import type { InboxDeps } from './inbox-deps.ts';
import type { Receipt } from './receipt.ts';
import { visibilityAtArrival } from './visibility-at-arrival.ts';

type EffectDeps = Pick<InboxDeps, 'store' | 'policy' | 'clock' | 'signer' | 'log'>;

/**
 * Decides what is stored: the action, its effects and the automatic answers, in one journal record, so that a crash loses all or
 * nothing. An ephemeral action (PRES) stores nothing.
 * @throws CloudilloError what the signer throws when there is something to answer; `store.*`
 */
export async function decideEffects(deps: EffectDeps, arrival: AddressedArrival): Promise<DecidedArrival> {
  if (arrival.rule.ephemeral) return decideEphemeral(deps, arrival);
  const { tenant, actionId, token, claims, decoded, eventsWith } = arrival;
  const at = deps.clock.wall();
  const visibility = visibilityOf(deps, arrival);
  const wanted = await effectAtArrival(deps, arrival);
  const answers = await answersTo(deps, arrival, wanted, visibility);
  // Both are connected only when the answer could be signed. Otherwise the CONN waits for the owner, as in mode `ask`.
  const asked = wanted.accept === 'needed' && answers.length === 0;
  const { status, relation, ends }: ArrivalEffect = asked ? { status: 'C', ends: [] } : wanted;
  const events: JournalEvent[] = [
    { kind: 'action', tenant, actionId, token, direction: 'in', receivedAt: at, status, visibility, decoded },
    ...ends.map((ended) => ({ kind: 'status', tenant, actionId: ended, status: 'D', at }) as const),
    ...(relation ? [{ kind: 'relation', tenant, peer: claims.iss, ...relation, at } as const] : []),
    ...nameEvents(deps, arrival),
    ...answers,
    ...(eventsWith?.('stored') ?? []),
  ];
  return decided(arrival, 'stored', events, answers.length > 0);
}

/** An ephemeral action that is older than its type allows is ignored. */
function decideEphemeral({ clock }: EffectDeps, arrival: AddressedArrival): DecidedArrival {
  const { claims, rule, eventsWith } = arrival;
  const age = clock.wall() / 1000 - claims.iat;
  const outcome = rule.ttlSeconds !== undefined && age > rule.ttlSeconds ? 'ignored' : 'announced';
  return decided(arrival, outcome, eventsWith?.(outcome) ?? [], false);
}

function decided(
  arrival: AddressedArrival,
  outcome: DecidedArrival['outcome'],
  events: JournalEvent[],
  queues: boolean,
): DecidedArrival {
  const decision = arrival as DecidedArrival;
  decision.outcome = outcome;
  decision.events = events;
  decision.queues = queues;
  return decision;
}

/** Stores the events. When it resolves, they are on disk. @throws CloudilloError `store.full`, `store.io` */
export async function record({ store }: Pick<InboxDeps, 'store'>, arrival: DecidedArrival): Promise<DecidedArrival> {
  if (arrival.events.length > 0) await store.append(arrival.events);
  if (arrival.facts) arrival.facts.stored = arrival.events;
  return arrival;
}

/** Announces the action to listeners, and wakes the worker that delivers. */
export function announce(
  { live, deliveryQueued }: Pick<InboxDeps, 'live' | 'deliveryQueued'>,
  arrival: DecidedArrival,
): DecidedArrival {
  const { tenant, actionId, claims, outcome, events, queues } = arrival;
  if (outcome === 'stored') live.announceEvents(events);
  if (outcome === 'announced') live.announce({ kind: 'ephemeral', tenant, actionId, claims });
  if (queues) deliveryQueued.wake();
  return arrival;
}

/** The last stage: the receipt. */
export function toReceipt(_deps: InboxDeps, { actionId, outcome }: DecidedArrival): Receipt {
  return { actionId, outcome };
}

/** The stored visibility. A relay in a conversation is for its subscribers, whatever letter it has (the network signs `F`). */
function visibilityOf({ store, policy }: EffectDeps, { tenant, type, claims }: AddressedArrival): Visibility {
  const conversation = type === 'APRV' && claims.p !== undefined ? store.row(tenant, claims.p) : null;
  if (conversation && isSubscribable(conversation)) return 'S';
  return visibilityAtArrival(store, tenant, claims, policy().defaultVisibility);
}

/** Stores the issuer's profile for views when it has changed. */
function nameEvents({ store, clock }: EffectDeps, { tenant, claims, issuerKey }: AddressedArrival): JournalEvent[] {
  const { profile } = issuerKey;
  if (!profile || profile.idTag !== claims.iss || claims.iss === tenant) return [];
  const seen = peerEvent(tenant, profile, clock.wall());
  const known = store.peer(tenant, seen.idTag);
  const same = known?.name === seen.name && known.type === seen.type && known.profilePic === (seen.profilePic ?? null);
  return same ? [] : [seen];
}
