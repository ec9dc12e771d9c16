import { Low } from 'lowdb';
import { type DocumentParser, DurableAdapter } from './durable-adapter.ts';

/** Changes the draft in place, or returns what takes its place. */
export type Change<T> = ((draft: T) => T) | ((draft: T) => void);

/** A JSON file that people may read and edit, held in memory. */
export interface Document<T> {
  /** What the file held when it was last read or written. Change it through {@link Document.update} only. */
  readonly data: T;
  /** Was there a file when it was last read or written? */
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

/** What a document needs to know of its content. */
export interface DocumentOptions<T> {
  /** Strict: throws with the reason for anything that isn't a T. */
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

  /** One at a time: two updates that read the same state would lose one of them. */
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
