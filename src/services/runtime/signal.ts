import { EventEmitter } from 'node:events';

/** Tells the worker of a home, when one runs in this process, that something waits for it. */
export interface Signal {
  wake(): void;
  /** Calls `wake` whenever something waits. @returns stop listening */
  on(wake: () => void): () => void;
}

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
