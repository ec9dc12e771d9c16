/**
 * Remembers the outcome of a call by its key, a failure included. Concurrent calls share it. At most `limit` outcomes are kept;
 * the oldest go first. The limit suits real batches and bounds a hostile one.
 */
export function createMemo<T>(limit: number): (key: string, call: () => Promise<T>) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (key, call) => {
    const known = answers.get(key);
    if (known) return known;
    const answer = call();
    if (answers.size >= limit) answers.delete(answers.keys().next().value as string);
    answers.set(key, answer);
    return answer;
  };
}
