/** Chooses which delivery goes next. */
import type { Delivery } from '../../store/model/rows.ts';
import type { Deps } from '../runtime/deps.ts';

/** The part of the store that the schedule reads. */
export type ScheduleStore = Pick<Deps['store'], 'tenants' | 'dueDeliveries' | 'openCircuit'>;

/** Concurrent requests to one peer, from all tenants together. Each tenant sends one at a time. */
const PER_PEER = 4;

/**
 * Chooses the next delivery. Tenants share the slots evenly, however much each of them has queued. A peer whose circuit is half-open
 * gets one request at a time, and all such peers together take a quarter of the slots at most.
 */
export class DeliverySchedule {
  readonly #store: ScheduleStore;
  readonly #halfOpenLimit: number;
  /** `tenant peer` of each current delivery. */
  readonly #pairs = new Set<string>();
  readonly #tenants = new Map<string, number>();
  readonly #peers = new Map<string, number>();
  readonly #halfOpen = new Set<string>();
  /** Peers that this machine couldn't ask, and until when they are left alone, by the monotonic clock. */
  readonly #held = new Map<string, number>();
  /** The tenant that was served last. Among equals it comes last. */
  #last = '';

  /** @param slots how many requests may run at once */
  constructor(store: ScheduleStore, slots: number) {
    this.#store = store;
    this.#halfOpenLimit = Math.max(1, Math.floor(slots / 4));
  }

  /** How many deliveries are taken and not done. */
  get taken(): number {
    return this.#pairs.size;
  }

  /** The next delivery; it is taken until {@link done}. null: none may be attempted now. @param now by the monotonic clock */
  take(now: number): Delivery | null {
    let next: Delivery | null = null;
    let fewest = Number.POSITIVE_INFINITY;
    for (const tenant of this.#tenantsInOrder()) {
      const taken = this.#tenants.get(tenant) ?? 0;
      if (taken >= fewest) continue;
      const delivery = this.#firstOf(tenant, now);
      if (!delivery) continue;
      next = delivery;
      fewest = taken;
      if (fewest === 0) break;
    }
    if (next) this.#take(next);
    return next;
  }

  /** Leaves a peer alone until then: this machine couldn't ask it, which says nothing about the peer. */
  hold(peer: string, until: number): void {
    this.#held.set(peer, until);
  }

  /** When the first held peer is let go; null when none is held. @param now by the monotonic clock */
  heldUntil(now: number): number | null {
    let first: number | null = null;
    for (const [peer, until] of this.#held) {
      if (until <= now) this.#held.delete(peer);
      else if (first === null || until < first) first = until;
    }
    return first;
  }

  done({ tenant, to }: Pick<Delivery, 'tenant' | 'to'>): void {
    this.#pairs.delete(`${tenant} ${to}`);
    this.#halfOpen.delete(`${tenant} ${to}`);
    count(this.#tenants, tenant, -1);
    count(this.#peers, to, -1);
  }

  #firstOf(tenant: string, now: number): Delivery | null {
    if (this.#halfOpen.size < this.#halfOpenLimit) {
      for (const delivery of this.#store.dueDeliveries(tenant, now, 'half-open')) {
        if (!this.#peers.has(delivery.to) && !this.#isHeld(delivery.to, now)) return delivery;
      }
    }
    for (const delivery of this.#store.dueDeliveries(tenant, now)) {
      const { to } = delivery;
      if (this.#isHeld(to, now)) continue;
      if (!this.#pairs.has(`${tenant} ${to}`) && (this.#peers.get(to) ?? 0) < PER_PEER) return delivery;
    }
    return null;
  }

  #isHeld(peer: string, now: number): boolean {
    return (this.#held.get(peer) ?? Number.NEGATIVE_INFINITY) > now;
  }

  #take({ tenant, to }: Delivery): void {
    this.#pairs.add(`${tenant} ${to}`);
    if (this.#store.openCircuit(to)) this.#halfOpen.add(`${tenant} ${to}`);
    count(this.#tenants, tenant, 1);
    count(this.#peers, to, 1);
    this.#last = tenant;
  }

  #tenantsInOrder(): string[] {
    const tenants = this.#store.tenants();
    const start = tenants.indexOf(this.#last) + 1;
    return [...tenants.slice(start), ...tenants.slice(0, start)];
  }
}

function count(counts: Map<string, number>, name: string, change: number): void {
  const now = (counts.get(name) ?? 0) + change;
  if (now === 0) counts.delete(name);
  else counts.set(name, now);
}
