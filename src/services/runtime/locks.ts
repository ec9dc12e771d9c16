/** The locks of a home: one task at a time for each name, in a fixed order. */
import { NOBODY, type Observer } from '../../protocol/observer.ts';
import { type Lock, lockName, lockRank } from './lock-order.ts';

/** A misuse of a lock. It is a fault of the program, whatever a peer or an owner does. */
export class LockError extends Error {
  override readonly name = 'LockError';
  readonly reason: 'order' | 're-entry' | 'released';

  constructor(reason: LockError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Proves that a lock is held. Each holder of any lock of the home has a higher number than those before. */
export interface Fence {
  readonly number: number;
  /** Throws when the lock is no longer held. @throws LockError `released`: the task that held the lock is over */
  assertHeld(): void;
}

/** A lock that the current task has taken. */
class Hold implements Fence {
  readonly name: string;
  readonly rank: number;
  /** 0 until the task has the lock. */
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

/** How a task holds a lock: alone, or with others that share it. */
export type Share = 'alone' | 'shared';

/** The tasks that a new task with a lock waits for. */
interface Last {
  /** The last that held it alone. */
  alone: Promise<unknown>;
  /** Resolves when all that shared it since are over; null: none. */
  shared: Promise<null> | null;
}

/** The state that all tasks of a home share: the last task of each name, and the number of the last fence. */
interface Queues {
  readonly last: Map<string, Last>;
  fences: number;
  readonly observer: Observer;
}

/**
 * The locks of a home as one task sees them, with those that it holds. A task hands them on in its `deps` ({@link withLock}).
 * There is no ambient context, which a listener or a timer could inherit by mistake.
 */
export class Locks {
  readonly #queues: Queues;
  readonly #held: readonly Hold[];

  private constructor(queues: Queues, held: readonly Hold[]) {
    this.#queues = queues;
    this.#held = held;
  }

  /** The locks of a home that was just opened. None is held. @param observer gets a span for each wait */
  static create(observer: Observer = NOBODY): Locks {
    return new Locks({ last: new Map(), fences: 0, observer }, []);
  }

  /**
   * Runs `task` after all earlier tasks with this lock.
   * @param share `shared`: tasks that share it run at once; one that holds it alone waits for them, and they for it
   * @param task gets the locks that it has to hand on
   * @throws LockError `re-entry`: this task holds the lock already and would wait for itself; `order`: it holds a lock that has
   *   to be taken after this one
   */
  async run<T>(lock: Lock, task: (locks: Locks, fence: Fence) => Promise<T>, share: Share = 'alone'): Promise<T> {
    const hold = new Hold(lock);
    this.#assertOrder(hold);
    const { last, observer } = this.#queues;
    const { name } = hold;
    const waiting = observer.begin('lock');
    waiting?.fact('cloudillo.lock', name);
    const start = (): Promise<T> => {
      waiting?.end();
      this.#queues.fences += 1;
      hold.number = this.#queues.fences;
      return task(new Locks(this.#queues, [...this.#held, hold]), hold);
    };
    // The task before may have failed. Its own caller gets the error.
    const before = last.get(name) ?? { alone: Promise.resolve(), shared: null };
    const running = (share === 'alone' ? (before.shared ?? before.alone) : before.alone).then(start, start);
    // It keeps no result: in a long burst each of these promises waits for the one before.
    const shared = share === 'alone' ? null : running.then(nothing, nothing).then(() => before.shared);
    const after = { alone: share === 'alone' ? running : before.alone, shared };
    last.set(name, after);
    const forget = (): void => {
      if (last.get(name) === after) last.delete(name);
    };
    // Those that came before may still share it.
    shared?.then(forget);
    try {
      return await running;
    } finally {
      hold.released = true;
      if (!shared) forget();
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

function nothing(): null {
  return null;
}

/**
 * Runs `task` with a lock. Its `deps` contain the locks that are held: hand on those, not the outer ones. A parameter of the same
 * name hides the outer ones.
 * @throws LockError `re-entry`, `order`; what `task` throws
 */
export function withLock<D extends { locks: Locks }, T>(
  deps: D,
  lock: Lock,
  task: (deps: D, fence: Fence) => Promise<T>,
  share: Share = 'alone',
): Promise<T> {
  return deps.locks.run(lock, (locks, fence) => task({ ...deps, locks }, fence), share);
}
