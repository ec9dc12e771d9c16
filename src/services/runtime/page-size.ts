/** Limits a page in bytes. */

/**
 * A token may have 512 KiB, and strangers send tokens that everybody may list. A hundred of those would be 50 MB for one request.
 */
export const MAX_PAGE_BYTES = 2 * 1024 * 1024;

/** The first entries that fit into a page; at least one. @param bytesOf about how many bytes an entry has */
export function asManyAsFit<Entry>(entries: readonly Entry[], bytesOf: (entry: Entry) => number): Entry[] {
  let bytes = 0;
  const beyond = entries.findIndex((entry, index) => {
    bytes += bytesOf(entry);
    return index > 0 && bytes > MAX_PAGE_BYTES;
  });
  return entries.slice(0, beyond < 0 ? entries.length : beyond);
}
