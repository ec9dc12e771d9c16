/** How one tenant treats peers and domains. A block of a domain holds for everything below it, and for the name itself. */
import { namesOf } from '../../protocol/domain-pattern.ts';
import type { Treatment } from '../model/rows.ts';

/** The treatments of a tenant, by peer or by domain (`*.bad.example`). */
export class TreatmentTable {
  readonly #rows = new Map<string, Treatment>();
  /** The domains that are blocked. */
  readonly #domains = new Set<string>();

  set(row: Treatment): void {
    this.#rows.set(row.peer, row);
    if (!row.peer.startsWith('*.')) return;
    if (row.blocked) this.#domains.add(row.peer);
    else this.#domains.delete(row.peer);
  }

  /** The treatment of a peer. A peer in a blocked domain is blocked. */
  of(peer: string): Treatment {
    const own = this.#rows.get(peer) ?? { peer, blocked: false, muted: false, at: 0 };
    const domain = own.blocked ? undefined : this.#domainOf(peer);
    return domain === undefined
      ? { ...own }
      : { ...own, blocked: true, by: domain.peer, at: Math.max(own.at, domain.at) };
  }

  /** Everything that was ever set, as it was set. */
  rows(): Treatment[] {
    return Array.from(this.#rows.values(), (row) => ({ ...row }));
  }

  /** The block of a domain that the peer is in. */
  #domainOf(peer: string): Treatment | undefined {
    // Most tenants block no domain.
    if (this.#domains.size === 0 || peer.startsWith('*.')) return undefined;
    const domain = namesOf(peer).find((pattern) => this.#domains.has(pattern));
    return domain === undefined ? undefined : this.#rows.get(domain);
  }
}
