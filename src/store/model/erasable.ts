/** Which actions a compaction may erase. All deleted ones; of those that have expired not all. */

/** Types that go on having an effect when they have expired: a relation, a role, a conversation with a name. */
const KEPT_WHEN_EXPIRED: ReadonlySet<string> = new Set(['FLLW', 'CONN', 'SUBS', 'INVT', 'CONV']);

/** Whether an action that has expired, and was not deleted, may be erased. @param type without subtype */
export function isErasableWhenExpired(type: string): boolean {
  return !KEPT_WHEN_EXPIRED.has(type);
}
