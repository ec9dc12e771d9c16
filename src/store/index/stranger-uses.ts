/** What strangers stored within the current day. It is made from the journal, so that a restart forgives nothing. */
import type { StrangerUse } from '../model/rows.ts';
import type { SectionSink, SectionSource } from './sections.ts';

const DAY = 86_400_000;

interface Saved {
  day: number;
  all: StrangerUse;
  issuers: [string, StrangerUse][];
}

/** The uses of one day (UTC), of each issuer and of all. Each new day starts empty. All tenants of a home share them. */
export class StrangerUses {
  #day = 0;
  #all: StrangerUse = { actions: 0, bytes: 0 };
  #issuers = new Map<string, StrangerUse>();

  /**
   * Counts what was stored.
   * @param issuer null: nobody has proved to be the issuer
   * @param at unix milliseconds
   */
  add(issuer: string | null, at: number, { actions = 0, bytes = 0 }: Partial<StrangerUse>): void {
    if (!this.#isCurrent(at)) {
      this.#day = dayOf(at);
      this.#all = { actions: 0, bytes: 0 };
      this.#issuers.clear();
    }
    this.#all = { actions: this.#all.actions + actions, bytes: this.#all.bytes + bytes };
    if (issuer === null) return;
    const before = this.#issuers.get(issuer) ?? { actions: 0, bytes: 0 };
    this.#issuers.set(issuer, { actions: before.actions + actions, bytes: before.bytes + bytes });
  }

  /** The use by an issuer, or (null) by all. @param now unix milliseconds */
  of(issuer: string | null, now: number): StrangerUse {
    const none = { actions: 0, bytes: 0 };
    if (!this.#isCurrent(now)) return none;
    return { ...(issuer === null ? this.#all : (this.#issuers.get(issuer) ?? none)) };
  }

  dump(name: string, sink: SectionSink): void {
    const saved: Saved = { day: this.#day, all: this.#all, issuers: [...this.#issuers] };
    // A journal whose deleted tokens were dropped counts fewer bytes: that is no difference between index and journal.
    sink.derived(name, Buffer.from(JSON.stringify(saved)));
  }

  load(name: string, source: SectionSource): void {
    const { day, all, issuers } = JSON.parse(Buffer.from(source.bytes(name)).toString('utf8')) as Saved;
    this.#day = day;
    this.#all = all;
    this.#issuers = new Map(issuers);
  }

  /**
   * Whether a time belongs to the day that is counted. Times may come in another order around midnight, so the day before counts,
   * too. A time further back means that the clock was wrong: its day is counted anew, so that nobody waits for a day to come.
   */
  #isCurrent(at: number): boolean {
    return dayOf(at) === this.#day || dayOf(at) === this.#day - 1;
  }
}

function dayOf(at: number): number {
  return Math.floor(at / DAY);
}
