/** The last task of each name, by the object that they all work on. */
const queues = new WeakMap<object, Map<string, Promise<unknown>>>();

/**
 * Runs `task` after those with the same `name` on the same `owner` (a store) that were begun before. Two `follow bob` that
 * come through the door at once must not both find "not following yet" and sign twice.
 */
export function inTurn<T>(owner: object, name: string, task: () => Promise<T>): Promise<T> {
  let waiting = queues.get(owner);
  if (!waiting) {
    waiting = new Map();
    queues.set(owner, waiting);
  }
  const names = waiting;
  // The one before may have failed: that is its caller's affair.
  const run = (names.get(name) ?? Promise.resolve()).then(task, task);
  names.set(name, run);
  const forget = () => {
    if (names.get(name) === run) names.delete(name);
  };
  run.then(forget, forget);
  return run;
}
