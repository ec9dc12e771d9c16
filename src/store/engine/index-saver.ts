/** Saves the index beside the journal. */
import { removeIfThere } from '../disk/durable-file.ts';
import { copyIndex, type DumpedIndex, dumpIndex, readSnapshot, writeSnapshot } from '../index/snapshot.ts';
import type { StoreIndex } from '../index/store-index.ts';
import type { Journal } from '../journal/journal.ts';
import type { Damage } from '../model/store-interface.ts';
import { differ } from './store-check.ts';

/** Options of {@link SnapshotSaver}. */
export interface SnapshotSaverOptions {
  path: string;
  journal: Pick<Journal, 'replay' | 'still'>;
  /** The damage that was found at opening. It is reported again at each start. */
  damaged: () => Damage[];
  /** The number of the last record in the saved index. */
  saved: number;
  /** The fewest new records for which the index is saved while the store is open. */
  every?: number;
  /** Called when saving failed. The journal has everything, so only the next start takes longer. */
  onError: (error: unknown) => void;
}

// Saving copies the index: a larger index is saved more rarely.
const EVERY = 50_000;
const SHARE = 0.25;

/** Saves the index when the store closes, and at intervals while it is open. */
export class SnapshotSaver {
  readonly #options: SnapshotSaverOptions;
  #saved: number;
  /** The last record that the file has; 0: not known. */
  #durable = 0;
  #saving: Promise<void> | null = null;

  constructor(options: SnapshotSaverOptions) {
    this.#options = options;
    this.#saved = options.saved;
  }

  /** Call it after each append. It saves the index when there are enough new records. */
  appended(index: StoreIndex): void {
    const fresh = index.mark.n - this.#saved;
    if (this.#saving || fresh < Math.max(this.#options.every ?? EVERY, index.mark.n * SHARE)) return;
    // It counts as saved even when that fails: trying again at once on a full disk would be useless.
    this.#saved = index.mark.n;
    this.#saving = this.#write(index)
      .catch(this.#options.onError)
      .finally(() => {
        this.#saving = null;
      });
  }

  /**
   * Marks the saved index as outdated for a reason outside of the journal: it is saved again at the latest when the store closes.
   */
  outdated(): void {
    this.#saved = 0;
  }

  /** Removes the saved index. */
  async discard(): Promise<void> {
    await this.#saving;
    await removeIfThere(this.#options.path);
    this.#saved = 0;
    this.#durable = 0;
  }

  /** How the saved index differs from a fresh one; null when it doesn't, or there is none. */
  async compare(fresh: StoreIndex): Promise<string | null> {
    await this.#saving;
    const found = await readSnapshot(this.#options.path);
    if ('reason' in found) return found.reason && `the saved index can't be used: ${found.reason}`;
    const { index } = found;
    if (index.mark.n > fresh.mark.n) return null;
    const { damaged } = await this.#options.journal.replay(index.mark, (record, position, mark) =>
      mark.n > fresh.mark.n ? null : index.replay(record, position, mark),
    );
    // They differ because of the damage.
    if (damaged.length > 0) return null;
    return differ(index, fresh) ? 'the saved index differs from the journal' : null;
  }

  /** Saves the index now. @throws {CloudilloError} `store.full` | `store.io` */
  async save(index: StoreIndex): Promise<void> {
    await this.#saving;
    if (this.#durable === index.mark.n) return;
    const saving = this.#write(index);
    // Whoever waits for it asks only whether it is over.
    this.#saving = saving
      .catch(() => {})
      .finally(() => {
        this.#saving = null;
      });
    await saving;
  }

  async close(index: StoreIndex): Promise<void> {
    await this.#saving;
    if (index.mark.n === this.#saved) return;
    try {
      await this.#keep(dumpIndex(index));
    } catch (error) {
      this.#options.onError(error);
    }
  }

  /** Copies the index while nothing is appended, and writes the copy. */
  async #write(index: StoreIndex): Promise<void> {
    await this.#keep(await this.#options.journal.still(() => copyIndex(index)));
  }

  async #keep(dump: DumpedIndex): Promise<void> {
    await writeSnapshot(this.#options.path, dump, this.#options.damaged());
    this.#saved = dump.mark.n;
    this.#durable = dump.mark.n;
  }
}
