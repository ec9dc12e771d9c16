/** A token may have 512 KiB, and strangers send what everybody may list: a hundred of those would be 100 MB for one request. */
const MAX_PAGE_BYTES = 4 * 1024 * 1024;

/** The first ones that make a page of bearable size, one at least. @param bytesOf about how many an entry takes */
export function asManyAsFit<Entry>(entries: readonly Entry[], bytesOf: (entry: Entry) => number): Entry[] {
  let bytes = 0;
  const beyond = entries.findIndex((entry, index) => {
    bytes += bytesOf(entry);
    return index > 0 && bytes > MAX_PAGE_BYTES;
  });
  return entries.slice(0, beyond < 0 ? entries.length : beyond);
}
