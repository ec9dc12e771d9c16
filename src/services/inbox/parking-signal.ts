import { EventEmitter } from 'node:events';
import { deliveryPause } from '../../federation/delivery-policy.ts';

/** Until the first retry, milliseconds: as for a delivery that failed once. */
export const PARKING_PAUSE = deliveryPause(1);

const signals = new WeakMap<object, EventEmitter>();

function signalOf(store: object): EventEmitter {
  const signal = signals.get(store) ?? new EventEmitter();
  signals.set(store, signal);
  return signal;
}

/** Tells the worker of this store, if there is one, that a token was parked. */
export function wakeParking(store: object): void {
  signalOf(store).emit('parked');
}

/** @returns stop listening */
export function onParked(store: object, wake: () => void): () => void {
  const signal = signalOf(store);
  signal.on('parked', wake);
  return () => signal.off('parked', wake);
}
