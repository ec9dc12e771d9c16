import type { PeerFailure } from '../model/rows.ts';
import type { StoredError } from '../model/stored-error.ts';
import type { SectionSink, SectionSource } from './sections.ts';

/** Told of a peer that began or ceased to fail. @param heardAt it sent something by itself; unix milliseconds */
type Watcher = (peer: string, heardAt: number | null) => void;

/** What a failed attempt tells of a peer. Times are unix milliseconds. */
export interface FailedAttempt {
  peer: string;
  at: number;
  /** Nothing is to be sent to this peer before. */
  nextAt: number;
  error: StoredError;
}

/** Peers that can't be delivered to now. One state a peer, whoever of the home's identities wants to send something. */
export class PeerFailures {
  readonly #failing = new Map<string, PeerFailure>();
  readonly #watchers: Watcher[] = [];

  get size(): number {
    return this.#failing.size;
  }

  watch(watcher: Watcher): void {
    this.#watchers.push(watcher);
  }

  /** null: the last that is known of the peer is that it answered. */
  of(peer: string): PeerFailure | null {
    return this.#failing.get(peer) ?? null;
  }

  /** In the order in which they began to fail. */
  list(): PeerFailure[] {
    return Array.from(this.#failing.values(), (failure) => ({ ...failure }));
  }

  failed({ peer, at, nextAt, error }: FailedAttempt): void {
    const before = this.#failing.get(peer);
    // Attempts that were under way together, or that didn't wait, fail once.
    const failures = before ? before.failures + (at < before.nextAt ? 0 : 1) : 1;
    const latest = Math.max(nextAt, before?.nextAt ?? nextAt);
    this.#failing.set(peer, { peer, since: before?.since ?? at, failures, nextAt: latest, error });
    this.#tell(peer, null);
  }

  /** Whoever waits for the peer needn't any longer, though it isn't known to be well. */
  hasten(peer: string, nextAt: number): void {
    const failure = this.#failing.get(peer);
    if (!failure || failure.nextAt <= nextAt) return;
    this.#failing.set(peer, { ...failure, nextAt });
    this.#tell(peer, null);
  }

  answered(peer: string): void {
    if (this.#failing.delete(peer)) this.#tell(peer, null);
  }

  /** The peer itself sent something. */
  heard(peer: string, at: number): void {
    if (this.#failing.delete(peer)) this.#tell(peer, at);
  }

  dump(name: string, sink: SectionSink): void {
    sink.json(name, [...this.#failing.values()]);
  }

  load(name: string, source: SectionSource): void {
    for (const failure of source.json(name) as PeerFailure[]) this.#failing.set(failure.peer, failure);
  }

  #tell(peer: string, heardAt: number | null): void {
    for (const watcher of this.#watchers) watcher(peer, heardAt);
  }
}
