import { DueHeap } from '../../store/index/due-heap.ts';

/** A file that is to be fetched. */
export interface Queued {
  readonly tenant: string;
  readonly fileId: string;
  /** Whom it is asked of. */
  readonly source: string;
  /** By the monotonic clock. */
  readonly nextAt: number;
}

interface OfSource {
  /** By tenant and file, in the order in which they became due. */
  ready: Map<string, Queued>;
  waiting: Map<string, Queued>;
}

/** Files that are to be fetched, by whom they are asked of and when: whoever takes one doesn't look at those that have to wait. */
export class FetchQueue {
  readonly #all = new Map<string, Queued>();
  readonly #sources = new Map<string, OfSource>();
  /** Sources that something is ready for, longest first. */
  readonly #ready = new Set<string>();
  /** What doesn't wait any longer, or until another time, is out of date. */
  readonly #waiting = new DueHeap<Queued>();

  get size(): number {
    return this.#all.size;
  }

  /** Takes the place of what is there of the same file. */
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

  /** What is queued of the same file now. */
  current(queued: Queued): Queued | null {
    return this.#all.get(keyOf(queued)) ?? null;
  }

  /** Unless another has taken its place. */
  delete(queued: Queued): void {
    if (this.current(queued) === queued) this.#remove(keyOf(queued), queued);
  }

  /** One that is due, of a source that isn't busy. It stays where it is; null: there is none. */
  next(now: number, isBusy: (source: string) => boolean): Queued | null {
    this.#promote(now);
    for (const name of this.#ready) {
      if (isBusy(name)) continue;
      for (const queued of this.#sources.get(name)?.ready.values() ?? []) return queued;
    }
    return null;
  }

  /** When the next of those that wait is due; null: none waits. */
  nextAt(now: number): number | null {
    this.#promote(now);
    return this.#waiting.top?.due ?? null;
  }

  /** Those that wait for a source. */
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

function keyOf({ tenant, fileId }: Queued): string {
  return `${tenant} ${fileId}`;
}
