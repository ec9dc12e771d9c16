import { LRUCache } from 'lru-cache';

/**
 * A cache of the `max` entries that were used last. It grows as they come: told the number itself, lru-cache makes room for all of
 * them at once, which for the caches of a server took a tenth of its start.
 */
export function boundedCache<K extends {}, V extends {}>(max: number): LRUCache<K, V> {
  return new LRUCache<K, V>({ maxSize: max, sizeCalculation: () => 1 });
}
