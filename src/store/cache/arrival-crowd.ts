/**
 * Puts notes of requests that were turned away alike together. A flood from one address makes one note a minute, and pushes nothing else
 * out of its ring.
 */
import type { ArrivalNote } from '../model/arrival-note.ts';

/** How long notes are put together, milliseconds. */
const TOGETHER = 60_000;
/** The most addresses and codes at once. Beyond them notes of all other addresses are put together. */
const MOST = 500;

interface Group {
  /** The latest note. */
  note: ArrivalNote;
  /** How many came after the first one. */
  times: number;
}

/** Notes that are put together. */
export class ArrivalCrowd {
  readonly #groups = new Map<string, Group>();
  readonly #emit: (note: ArrivalNote) => void;
  #timer: NodeJS.Timeout | null = null;

  /** @param emit gets the first note of a group at once, and one that stands for the others later */
  constructor(emit: (note: ArrivalNote) => void) {
    this.#emit = emit;
  }

  add(note: ArrivalNote): void {
    const named = keyOf(note, note.address);
    const isKnown = this.#groups.has(named) || this.#groups.size < MOST;
    const key = isKnown ? named : keyOf(note, null);
    const group = this.#groups.get(key);
    if (group) {
      group.note = isKnown ? note : { ...note, address: null, request: null };
      group.times += 1;
      return;
    }
    this.#groups.set(key, { note, times: 0 });
    this.#emit(note);
    this.#timer ??= setTimeout(() => this.flush(), TOGETHER).unref();
  }

  /** Emits what stands for the notes that came after the first of each group. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const groups = [...this.#groups.values()];
    this.#groups.clear();
    for (const { note, times } of groups) if (times > 0) this.#emit({ ...note, times });
  }
}

function keyOf({ refusal, tenant, probe }: ArrivalNote, address: string | null): string {
  return `${refusal?.code} ${probe} ${tenant} ${address ?? '*'}`;
}
