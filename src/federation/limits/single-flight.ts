/** `call` unless one with the same key runs already; else what that one gives. */
export type SingleFlight<T> = (key: string, call: () => Promise<T>) => Promise<T>;

/**
 * Lets concurrent callers with the same key share one call. Nothing is remembered once it has settled; a failure goes
 * to all who waited for it.
 */
export function createSingleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Promise<T>>();
  return (key, call) => {
    const running = flights.get(key);
    if (running) return running;
    const flight = call().finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  };
}
