/** The queue of files to fetch. */
import { DueHeap } from '../../store/index/due-heap.ts';

/** A file to fetch. */
export interface Queued {
  readonly tenant: string;
  readonly fileId: string;
  /** The identity that is asked for it. */
  readonly source: string;
  /** When it is due, by the monotonic clock. */
  readonly nextAt: number;
}

interface OfSource {
  /** By tenant and file, in the order in which they became due. */
  ready: Map<string, Queued>;
  waiting: Map<string, Queued>;
}

/** Files to fetch, by source and time. Taking one does not examine those that wait. */
export class FetchQueue {
  readonly #all = new Map<string, Queued>();
  readonly #sources = new Map<string, OfSource>();
  /** Sources with due files, longest first. */
  readonly #ready = new Set<string>();
  /** Files that wait for their time. Entries that were moved or removed are out of date. */
  readonly #waiting = new DueHeap<Queued>();

  get size(): number {
    return this.#all.size;
  }

  /** Adds a file, or replaces its entry. */
  put(queued: Queued): void {
    const key = keyOf(queued);
    const before = this.#all.get(key);
    const isWaiting = before?.source === queued.source && this.#sources.get(before.source)?.waiting.has(key) === true;
    if (before && !isWaiting) this.#remove(key, before);
    this.#all.set(key, queued);
    const source = this.#sources.get(queued.source) ?? { ready: new Map(), waiting: new Map() };
    this.#sources.set(queued.source, source);
    source.waiting.set(key, queued);
    if (!isWaiting || before?.nextAt !== queued.nextAt) this.#waiting.push(queued, queued.nextAt);
  }

  /** The present entry of the same file; null when there is none. */
  current(queued: Pick<Queued, 'tenant' | 'fileId'>): Queued | null {
    return this.#all.get(keyOf(queued)) ?? null;
  }

  /** Removes an entry, unless it was replaced. */
  delete(queued: Queued): void {
    if (this.current(queued) === queued) this.#remove(keyOf(queued), queued);
  }

  /** A due file of a source that is not busy; it stays queued. Null when there is none. */
  next(now: number, isBusy: (source: string) => boolean): Queued | null {
    this.#promote(now);
    for (const name of this.#ready) {
      if (isBusy(name)) continue;
      for (const queued of this.#sources.get(name)?.ready.values() ?? []) return queued;
    }
    return null;
  }

  /** When the next waiting file is due; null when none waits. */
  nextAt(now: number): number | null {
    this.#promote(now);
    return this.#waiting.top?.due ?? null;
  }

  /** The files that wait for a source. */
  waitingFor(source: string): Queued[] {
    return [...(this.#sources.get(source)?.waiting.values() ?? [])];
  }

  #promote(now: number): void {
    for (let top = this.#waiting.top; top; top = this.#waiting.top) {
      const { item } = top;
      const key = keyOf(item);
      const source = this.#sources.get(item.source);
      const current = source?.waiting.get(key);
      const isCurrent = current?.nextAt === top.due;
      if (isCurrent && top.due > now) return;
      this.#waiting.pop();
      if (!source || !current || !isCurrent) continue;
      source.waiting.delete(key);
      source.ready.set(key, current);
      this.#ready.add(item.source);
    }
  }

  #remove(key: string, { source: name }: Queued): void {
    this.#all.delete(key);
    const source = this.#sources.get(name);
    source?.waiting.delete(key);
    source?.ready.delete(key);
    if (source?.ready.size === 0) this.#ready.delete(name);
    if (source?.ready.size === 0 && source.waiting.size === 0) this.#sources.delete(name);
  }
}

function keyOf({ tenant, fileId }: Pick<Queued, 'tenant' | 'fileId'>): string {
  return `${tenant} ${fileId}`;
}
