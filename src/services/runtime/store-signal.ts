import { EventEmitter } from 'node:events';

/** Tells the worker of a store, when there is one in this process, that something waits for it. */
export interface StoreSignal {
  wake(store: object): void;
  /** Calls `wake` whenever something waits. @returns stop listening */
  on(store: object, wake: () => void): () => void;
}

function createStoreSignal(): StoreSignal {
  const signals = new WeakMap<object, EventEmitter>();
  const signalOf = (store: object): EventEmitter => {
    const signal = signals.get(store) ?? new EventEmitter();
    signals.set(store, signal);
    return signal;
  };
  return {
    wake: (store) => {
      signalOf(store).emit('wake');
    },
    on: (store, wake) => {
      const signal = signalOf(store).on('wake', wake);
      return () => signal.off('wake', wake);
    },
  };
}

/** A delivery was queued. */
export const deliveryQueued = createStoreSignal();

/** A token was parked. */
export const tokenParked = createStoreSignal();
