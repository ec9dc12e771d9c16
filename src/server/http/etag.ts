/**
 * Whether `If-None-Match` names this ETag. It may be quoted, weak, in a list, `*`, or bare as the network's client sends it.
 * @param etag quoted
 */
export function etagMatches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const bare = etag.slice(1, -1);
  return ifNoneMatch.split(',').some((entry) => {
    const value = entry.trim();
    if (value === '*') return true;
    const strong = value.startsWith('W/') ? value.slice(2) : value;
    return strong === etag || strong === bare;
  });
}
