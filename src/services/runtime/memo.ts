/**
 * Remembers what a call gave, a failure too, by key; calls that come meanwhile share it. At most `limit` are kept and the
 * oldest go first: enough for any real batch, and a bound for a hostile one.
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
