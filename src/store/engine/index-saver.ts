import { removeIfThere } from '../disk/durable-file.ts';
import { dumpIndex, readSnapshot, writeSnapshot } from '../index/snapshot.ts';
import type { StoreIndex } from '../index/store-index.ts';
import type { Journal } from '../journal/journal.ts';
import type { Damage } from '../model/store-interface.ts';
import { differ } from './store-check.ts';

/** Options of {@link SnapshotSaver}. */
export interface SnapshotSaverOptions {
  path: string;
  journal: Pick<Journal, 'replay'>;
  /** Damage found at opening: reported again at each start. */
  damaged: () => Damage[];
  /** Number of the last record that is saved already. */
  saved: number;
  /** Fewest new records for which the index is saved while open. */
  every?: number;
  /** Saving failed; the journal has everything, so only the next start takes longer. */
  onError: (error: unknown) => void;
}

// Saving copies the index: the bigger it is, the rarer.
const EVERY = 50_000;
const SHARE = 0.25;

/** Saves the index beside the journal: when it's closed, and now and then while it's open. */
export class SnapshotSaver {
  readonly #options: SnapshotSaverOptions;
  #saved: number;
  #saving: Promise<void> | null = null;

  constructor(options: SnapshotSaverOptions) {
    this.#options = options;
    this.#saved = options.saved;
  }

  /** Told after each append; saves the index when enough is new. */
  appended(index: StoreIndex): void {
    const fresh = index.mark.n - this.#saved;
    if (this.#saving || fresh < Math.max(this.#options.every ?? EVERY, index.mark.n * SHARE)) return;
    this.#saving = this.#save(index, true).finally(() => {
      this.#saving = null;
    });
  }

  /** The saved copy lacks something that isn't in the journal: it is saved again at the latest when the store closes. */
  outdated(): void {
    this.#saved = 0;
  }

  /** The saved copy is of no use any longer. */
  async discard(): Promise<void> {
    await this.#saving;
    await removeIfThere(this.#options.path);
    this.#saved = 0;
  }

  /** What the saved copy says against the journal; null: nothing is wrong, or there is none. */
  async compare(fresh: StoreIndex): Promise<string | null> {
    await this.#saving;
    const found = await readSnapshot(this.#options.path);
    if ('reason' in found) return found.reason && `the saved index can't be used: ${found.reason}`;
    const { index } = found;
    if (index.mark.n > fresh.mark.n) return null;
    const { damaged } = await this.#options.journal.replay(index.mark, (record, position, mark) =>
      mark.n > fresh.mark.n ? null : index.replay(record, position, mark),
    );
    // Then they differ for a reason that was found already.
    if (damaged.length > 0) return null;
    return differ(index, fresh) ? 'the saved index differs from the journal' : null;
  }

  async close(index: StoreIndex): Promise<void> {
    await this.#saving;
    if (index.mark.n !== this.#saved) await this.#save(index, false);
  }

  async #save(index: StoreIndex, copy: boolean): Promise<void> {
    const { path, damaged, onError } = this.#options;
    try {
      const dump = dumpIndex(index, copy);
      // Even when it fails: trying again at once, on a full disk, would only cost.
      this.#saved = dump.mark.n;
      await writeSnapshot(path, dump, damaged());
    } catch (error) {
      onError(error);
    }
  }
}
