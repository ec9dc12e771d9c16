/** The circuit breaker of each peer, made from the outcomes of deliveries. All tenants of a home share it. */
import type { OpenCircuit } from '../model/rows.ts';
import type { StoredError } from '../model/stored-error.ts';
import type { SectionSink, SectionSource } from './sections.ts';

/** Called after the circuit of a peer changed. @param heardAt unix milliseconds: the peer itself sent something; null: it did not */
type Watcher = (peer: string, heardAt: number | null) => void;

/** An attempt that failed for a reason that may pass. Times are unix milliseconds. */
export interface FailedAttempt {
  peer: string;
  at: number;
  /** Nothing is sent to the peer before this time. */
  nextAt: number;
  /** How many failures there are with this one; undefined: an earlier version made the event. */
  failures?: number | undefined;
  error: StoredError;
}

/** The peers whose circuit is open or half-open. It is open until `nextAt`, half-open after that; all other circuits are closed. */
export class Circuits {
  readonly #open = new Map<string, OpenCircuit>();
  readonly #watchers: Watcher[] = [];

  /** How many circuits are not closed. */
  get size(): number {
    return this.#open.size;
  }

  /** Calls `watcher` after each change from now on. */
  watch(watcher: Watcher): void {
    this.#watchers.push(watcher);
  }

  /** The circuit of a peer; null when it is closed. */
  of(peer: string): OpenCircuit | null {
    return this.#open.get(peer) ?? null;
  }

  /** Those that are not closed, in the order in which they opened. */
  list(limit: number): OpenCircuit[] {
    const circuits: OpenCircuit[] = [];
    for (const circuit of this.#open.values()) {
      if (circuits.length >= limit) break;
      circuits.push({ ...circuit });
    }
    return circuits;
  }

  /** Opens the circuit after a failed attempt, or keeps it open for longer. */
  open({ peer, at, nextAt, failures: counted, error }: FailedAttempt): void {
    const before = this.#open.get(peer);
    // `at` is of the wall clock, `nextAt` is not: only who made the attempt can tell whether the circuit was half-open then.
    const failures = counted ?? (before ? before.failures + (at < before.nextAt ? 0 : 1) : 1);
    const latest = Math.max(nextAt, before?.nextAt ?? nextAt);
    this.#open.set(peer, { peer, since: before?.since ?? at, failures, nextAt: latest, error });
    this.#tell(peer, null);
  }

  /** Lets an open circuit be half-open from `nextAt` on, when that is earlier than before. */
  halfOpen(peer: string, nextAt: number): void {
    const circuit = this.#open.get(peer);
    if (!circuit || circuit.nextAt <= nextAt) return;
    this.#open.set(peer, { ...circuit, nextAt });
    this.#tell(peer, null);
  }

  /** Closes the circuit: the peer answered. */
  close(peer: string): void {
    if (this.#open.delete(peer)) this.#tell(peer, null);
  }

  /** Closes the circuit: the peer itself sent something. @param at unix milliseconds */
  closeByPeer(peer: string, at: number): void {
    if (this.#open.delete(peer)) this.#tell(peer, at);
  }

  /** Takes over circuits that were stored. Without damage to the journal they are those that are here. */
  restore(circuits: readonly OpenCircuit[]): void {
    const before = [...this.#open.keys()];
    this.#open.clear();
    for (const circuit of circuits) this.#open.set(circuit.peer, circuit);
    for (const peer of new Set([...before, ...this.#open.keys()])) this.#tell(peer, null);
  }

  dump(name: string, sink: SectionSink): void {
    sink.json(name, [...this.#open.values()]);
  }

  load(name: string, source: SectionSource): void {
    for (const circuit of source.json(name) as OpenCircuit[]) this.#open.set(circuit.peer, circuit);
  }

  #tell(peer: string, heardAt: number | null): void {
    for (const watcher of this.#watchers) watcher(peer, heardAt);
  }
}
