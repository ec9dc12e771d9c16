import { EventEmitter } from 'node:events';

const signals = new WeakMap<object, EventEmitter>();

function signalOf(store: object): EventEmitter {
  let signal = signals.get(store);
  if (!signal) {
    signal = new EventEmitter();
    signals.set(store, signal);
  }
  return signal;
}

/** Tells the delivery worker of this store, if there is one, that something was queued. */
export function wakeDeliveries(store: object): void {
  signalOf(store).emit('queued');
}

/** Calls `wake` whenever something is queued. @returns stop listening */
export function onDeliveryQueued(store: object, wake: () => void): () => void {
  const signal = signalOf(store);
  signal.on('queued', wake);
  return () => signal.off('queued', wake);
}
