import { LRUCache } from 'lru-cache';

/** Bytes that belong to one place of a cache. */
const PLACE = 1024;

/**
 * A cache of what was used last: at most `max` entries, and at most `max` KiB. Strangers choose much of what is remembered, so that a
 * bound on the number of entries alone bounds nothing. It grows as they come: told the number itself, lru-cache makes room for
 * all of them at once, which for the caches of a server took a tenth of its start.
 *
 * @param bytesOf about how many bytes a value holds; the length of its key is added
 */
export function boundedCache<K extends {}, V extends {}>(
  max: number,
  bytesOf: (value: V) => number = () => 0,
): LRUCache<K, V> {
  const keyBytes = (key: K): number => (typeof key === 'string' ? textBytes(key) : 0);
  return new LRUCache<K, V>({
    maxSize: max,
    sizeCalculation: (value, key) => Math.max(1, Math.ceil((bytesOf(value) + keyBytes(key)) / PLACE)),
  });
}

/** Bytes of a string in memory, at the most. */
export function textBytes(text: string): number {
  return text.length * 2;
}
