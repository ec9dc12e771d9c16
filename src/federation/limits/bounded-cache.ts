/** A cache with a bound in entries and in bytes. */
import { LRUCache } from 'lru-cache';

/** Bytes for each entry of the bound. */
const PLACE = 1024;

/**
 * Makes a least-recently-used cache: at most `max` entries, and at most `max` KiB. Strangers choose much of what is stored, so a
 * bound on entries alone is no bound. The cache grows as entries arrive. With a number of entries, lru-cache would allocate all
 * of them at once, which took a tenth of a server's start.
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

/** The most bytes that a string takes in memory. */
export function textBytes(text: string): number {
  return text.length * 2;
}
