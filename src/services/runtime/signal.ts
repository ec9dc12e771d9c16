/** Wakes a worker of the home. */
import { EventEmitter } from 'node:events';

/** Tells a worker, if one runs in this process, that work waits for it. */
export interface Signal {
  wake(): void;
  /** Calls `wake` whenever work waits. @returns stop listening */
  on(wake: () => void): () => void;
}

/** Makes a signal without listeners. */
export function createSignal(): Signal {
  const emitter = new EventEmitter();
  return {
    wake: () => {
      emitter.emit('wake');
    },
    on: (wake) => {
      emitter.on('wake', wake);
      return () => {
        emitter.off('wake', wake);
      };
    },
  };
}
