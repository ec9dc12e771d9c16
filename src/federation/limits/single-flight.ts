/** Shares one call among concurrent callers. */

/** Runs `call`, or returns the result of the running call with the same key. */
export type SingleFlight<T> = (key: string, call: () => Promise<T>) => Promise<T>;

/** Makes a {@link SingleFlight}. Nothing is remembered once a call has settled. A failure goes to all of its callers. */
export function createSingleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Promise<T>>();
  return (key, call) => {
    const running = flights.get(key);
    if (running) return running;
    const flight = call();
    flights.set(key, flight);
    const forget = () => void flights.delete(key);
    flight.then(forget, forget);
    return flight;
  };
}
