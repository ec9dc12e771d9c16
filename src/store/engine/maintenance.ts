/** What reads or rewrites the whole journal: check, rebuild and compaction, one at a time. */
import type { Fence } from '../home/fence.ts';
import type { StoreIndex } from '../index/store-index.ts';
import { closedError } from '../journal/group-commit.ts';
import type { Journal } from '../journal/journal.ts';
import type { JournalEvent } from '../model/events.ts';
import type {
  Blobs,
  CheckReport,
  CompactionReport,
  CompactOptions,
  Damage,
  Progress,
  Recovery,
} from '../model/store-interface.ts';
import { compactStore } from './compact.ts';
import type { EventReader } from './event-reader.ts';
import type { SnapshotSaver } from './index-saver.ts';
import { replayAll } from './replay-all.ts';
import { checkStore } from './store-check.ts';

/** After how many records of a rebuild it is told how far it is. */
const TELL_EACH = 1024;

/** The parts of a store that its maintenance uses. */
export interface MaintainedStore {
  journal: Journal;
  fence: Fence;
  blobs: Blobs;
  /** What is known of damage. The maintenance keeps it up to date. */
  recovery: Recovery;
  reader: EventReader;
  saver: SnapshotSaver | undefined;
  /** The index in use. */
  live: () => StoreIndex;
  /** Puts a rebuilt index in its place. */
  replace: (index: StoreIndex) => void;
  append: (events: readonly JournalEvent[]) => Promise<void>;
}

/** The maintenance of one open store. */
export class Maintenance {
  readonly #store: MaintainedStore;
  readonly #ending = new AbortController();
  #compacting: Promise<CompactionReport> | null = null;
  #latest: Promise<unknown> = Promise.resolve();

  constructor(store: MaintainedStore) {
    this.#store = store;
  }

  check(): Promise<CheckReport> {
    return this.#alone(() => this.#check());
  }

  rebuild(progress?: Progress): Promise<{ records: number; damaged: Damage[] }> {
    return this.#alone(() => this.#rebuild(progress));
  }

  compact({ signal, ...options }: CompactOptions): Promise<CompactionReport> {
    const { journal, fence, live, append, reader, saver } = this.#store;
    this.#compacting = this.#alone(() =>
      compactStore(
        { journal, fence, live, append, read: (position) => reader.event(position), saver },
        { ...options, signal: AbortSignal.any([signal, this.#ending.signal]) },
      ),
    );
    return this.#compacting;
  }

  /** Cuts a compaction off, and starts nothing more. It resolves when the compaction has ended. */
  async end(): Promise<void> {
    this.#ending.abort(closedError());
    await this.#compacting?.catch(() => {});
  }

  /** Runs what reads or changes the whole journal, after what else does so. */
  #alone<T>(task: () => Promise<T>): Promise<T> {
    const run = this.#latest.then(async () => {
      if (this.#ending.signal.aborted) throw closedError();
      return task();
    });
    this.#latest = run.catch(() => {});
    return run;
  }

  async #check(): Promise<CheckReport> {
    const { journal, blobs, live, saver, recovery } = this.#store;
    const { report, damaged } = await checkStore({ journal, blobs, live, ...(saver && { saver }) });
    if (damaged.length === 0) recovery.unread = 0;
    if (report.findings.length === 0) this.#forgetDamage();
    else this.#remember(damaged);
    return report;
  }

  /** Keeps the damage with the index until a rebuild: opening with a saved index doesn't see earlier damage. */
  #remember(damaged: readonly Damage[]): void {
    const { recovery, saver } = this.#store;
    const known = new Set(recovery.damaged.map(({ segment, offset }) => `${segment}:${offset}`));
    const fresh = damaged.filter(({ segment, offset }) => !known.has(`${segment}:${offset}`));
    if (fresh.length === 0) return;
    recovery.damaged = [...recovery.damaged, ...fresh];
    saver?.outdated();
  }

  /** Everything was read, and nothing is damaged. Only damage that reading can't show is kept: records that the journal lacks. */
  #forgetDamage(): void {
    const { recovery, saver } = this.#store;
    const lost = recovery.damaged.filter(({ segment }) => segment === '');
    if (lost.length === recovery.damaged.length) return;
    recovery.damaged = lost;
    saver?.outdated();
  }

  async #rebuild(progress?: Progress): Promise<{ records: number; damaged: Damage[] }> {
    const { journal, recovery, saver, replace } = this.#store;
    // Events that are appended meanwhile go into the old index. The new one replaces it once it has all of them.
    const total = journal.mark.n;
    let seen = 0;
    const see = (): void => {
      seen += 1;
      if (seen % TELL_EACH === 0) progress?.(seen, Math.max(seen, total));
    };
    const rebuilt = await replayAll(journal, progress ? see : () => {}, ({ index, records, damaged }) => {
      replace(index);
      recovery.damaged = damaged;
      recovery.unread = 0;
      return { records, damaged };
    });
    // Not earlier: until now the old index was the saved one.
    await saver?.discard();
    return rebuilt;
  }
}
