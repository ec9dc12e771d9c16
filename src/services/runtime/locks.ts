import { type Lock, lockName, lockRank } from './lock-order.ts';

/** A lock was misused. It is a fault of the program, and never depends on what a peer or an owner does. */
export class LockError extends Error {
  override readonly name = 'LockError';
  readonly reason: 'order' | 're-entry' | 'released';

  constructor(reason: LockError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Proves that a lock is held. A later holder of any lock of the home has a higher number. */
export interface Fence {
  readonly number: number;
  /** @throws LockError `released`: the task that the lock was held for is over */
  assertHeld(): void;
}

/** A lock that the current task has taken. */
class Hold implements Fence {
  readonly name: string;
  readonly rank: number;
  /** 0 until it is this task's turn. */
  number = 0;
  released = false;

  constructor(lock: Lock) {
    this.name = lockName(lock);
    this.rank = lockRank(lock);
  }

  assertHeld(): void {
    if (this.number === 0 || this.released) {
      throw new LockError('released', `The lock "${this.name}" is not held any more`);
    }
  }
}

/** What all tasks of a home share: the last task of each name, and the number of the last fence. */
interface Queues {
  readonly last: Map<string, Promise<unknown>>;
  fences: number;
}

/**
 * The locks of one home, as one task sees them: with those that it holds. A task hands on what it holds in its `deps`
 * ({@link withLock}); nothing is read from a context that a listener or a timer could inherit by mistake.
 */
export class Locks {
  readonly #queues: Queues;
  readonly #held: readonly Hold[];

  private constructor(queues: Queues, held: readonly Hold[]) {
    this.#queues = queues;
    this.#held = held;
  }

  /** The locks of a home that was opened just now: nothing is held. */
  static create(): Locks {
    return new Locks({ last: new Map(), fences: 0 }, []);
  }

  /**
   * Runs `task` after all tasks with this lock that came before.
   * @param task gets the locks as it has to hand them on
   * @throws LockError `re-entry`: this task holds the lock already, and would wait for itself; `order`: it holds one that is
   *   taken after this one
   */
  async run<T>(lock: Lock, task: (locks: Locks, fence: Fence) => Promise<T>): Promise<T> {
    const hold = new Hold(lock);
    this.#assertOrder(hold);
    const { last } = this.#queues;
    const { name } = hold;
    const start = (): Promise<T> => {
      this.#queues.fences += 1;
      hold.number = this.#queues.fences;
      return task(new Locks(this.#queues, [...this.#held, hold]), hold);
    };
    // The task before may have failed: its own caller hears of that.
    const running = (last.get(name) ?? Promise.resolve()).then(start, start);
    last.set(name, running);
    try {
      return await running;
    } finally {
      hold.released = true;
      if (last.get(name) === running) last.delete(name);
    }
  }

  #assertOrder({ name, rank }: Hold): void {
    for (const held of this.#held) {
      if (held.released) continue;
      if (held.name === name) throw new LockError('re-entry', `The lock "${name}" is held already by this task`);
      if (held.rank >= rank)
        throw new LockError('order', `The lock "${name}" is taken before "${held.name}", not in it`);
    }
  }
}

/**
 * Runs `task` with a lock. Its `deps` know what is held: hand on those, and not the ones outside (the parameter is best named the
 * same, so that they are out of sight).
 * @throws LockError `re-entry`, `order`; what `task` throws
 */
export function withLock<D extends { locks: Locks }, T>(
  deps: D,
  lock: Lock,
  task: (deps: D, fence: Fence) => Promise<T>,
): Promise<T> {
  return deps.locks.run(lock, (locks, fence) => task({ ...deps, locks }, fence));
}
