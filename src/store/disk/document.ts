/** JSON files that people may read and edit. */
import { Low } from 'lowdb';
import { type DocumentParser, DurableAdapter } from './durable-adapter.ts';

/** A change of a document: it modifies the draft, or returns a new one. */
export type Change<T> = ((draft: T) => T) | ((draft: T) => void);

/** A JSON file that people may read and edit, held in memory. */
export interface Document<T> {
  /** The content of the file as it was last read or written. Change it through {@link Document.update} only. */
  readonly data: T;
  /** Whether the file existed when it was last read or written. */
  readonly exists: boolean;
  /**
   * Changes a copy and writes it; resolves when the change is durable. Concurrent updates run one after the other.
   * When the write fails, `data` stays as it was.
   * @throws {CloudilloError} `store.full` | `store.io`
   */
  update(change: Change<T>): Promise<T>;
  /** Reads the file again. @throws {CloudilloError} `store.document` | `store.io` */
  reload(): Promise<T>;
}

/** How a document is read. */
export interface DocumentOptions<T> {
  /** Parses strictly. Throws with the reason for anything that isn't a T. */
  parse: DocumentParser<T>;
  /** The content while there is no file; the first update writes one. */
  initial: T;
}

/** Opens a JSON file over lowdb. @throws {CloudilloError} `store.document` when it is malformed | `store.io` */
export async function openDocument<T>(path: string, { parse, initial }: DocumentOptions<T>): Promise<Document<T>> {
  const adapter = new DurableAdapter(path, parse);
  const low = new Low<T>(adapter, initial);
  let exists = false;
  let queue: Promise<unknown> = Promise.resolve();

  const reload = async (): Promise<T> => {
    const found = await adapter.read();
    exists = found !== null;
    low.data = found ?? structuredClone(initial);
    return low.data;
  };

  const update = async (change: Change<T>): Promise<T> => {
    const before = low.data;
    const draft = structuredClone(before);
    low.data = change(draft) ?? draft;
    try {
      await low.write();
    } catch (error) {
      low.data = before;
      throw error;
    }
    exists = true;
    return low.data;
  };

  /** One at a time: of two updates that read the same state one would be lost. */
  const afterOthers = <R>(task: () => Promise<R>): Promise<R> => {
    const run = queue.then(task, task);
    queue = run;
    return run;
  };

  await reload();
  return {
    get data() {
      return low.data;
    },
    get exists() {
      return exists;
    },
    update: (change) => afterOthers(() => update(change)),
    reload: () => afterOthers(reload),
  };
}
