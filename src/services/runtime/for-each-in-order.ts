/** Concurrent work on a stream of items, with results in order. */
interface Slot<R> {
  done: boolean;
  value?: R;
}

/**
 * Runs `work` on each item, at most `limit` at a time, and hands the results to `emit` in the order of the items. A result is
 * emitted as soon as it and all before it are there, so that a live pipe never waits for a full window. At most `limit` items are
 * held: a slow `emit` slows the reading, and an endless input takes constant memory.
 * @throws what `items`, `work` or `emit` throws first; nothing is emitted after that
 */
export async function forEachInOrder<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  limit: number,
  work: (item: T) => Promise<R>,
  emit: (result: R) => Promise<void> | undefined | void,
): Promise<void> {
  const slots: Slot<R>[] = [];
  let stopped = false;
  let emitting = false;
  let roomMade: (() => void) | undefined;
  let fail!: (error: unknown) => void;
  const failed = new Promise<never>((_resolve, reject) => {
    fail = (error) => {
      stopped = true;
      reject(error);
    };
  });

  async function flush(): Promise<void> {
    if (emitting) return;
    emitting = true;
    try {
      while (!stopped && slots[0]?.done) {
        const pending = emit(slots[0].value as R);
        if (pending) await pending;
        slots.shift();
        roomMade?.();
      }
    } catch (error) {
      fail(error);
    }
    emitting = false;
  }

  function start(item: T): void {
    const slot: Slot<R> = { done: false };
    slots.push(slot);
    work(item).then((value) => {
      slot.done = true;
      slot.value = value;
      void flush();
    }, fail);
  }

  /** Resolves once fewer than `count` results are outstanding. */
  async function room(count: number): Promise<void> {
    while (slots.length >= count && !stopped) {
      await new Promise<void>((resolve) => {
        roomMade = resolve;
      });
    }
  }

  async function read(): Promise<void> {
    for await (const item of items) {
      if (stopped) return;
      start(item);
      if (slots.length >= limit) await room(limit);
    }
    await room(1);
  }

  // The read may wait for input that never comes after the output has failed.
  await Promise.race([read(), failed]);
}
