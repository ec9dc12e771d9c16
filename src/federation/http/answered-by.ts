/** Which program answered: the headers in which servers and proxies name themselves. */
import { excerpt } from './text-excerpt.ts';

/** The headers (RFC 9110, 7.6.3 and 10.2.4; the others by custom), with the words that stand before their values. */
const HEADERS: readonly (readonly [name: string, words: string])[] = [
  ['server', ''],
  ['via', 'via '],
  ['x-powered-by', 'powered by '],
  ['cf-ray', 'Cloudflare ray '],
  ['x-served-by', 'served by '],
  ['x-cache', 'cache: '],
];
const LONGEST = 60;

/**
 * Names the programs that answered, as they name themselves: `nginx/1.25, via 1.1 varnish`.
 * @param header gives the value of a header; null or undefined without it
 * @param secrets those that were sent, which a peer may repeat
 * @returns undefined when none names itself, as servers of this network do
 */
export function answeredBy(
  header: (name: string) => string | null | undefined,
  secrets: readonly string[] = [],
): string | undefined {
  const named = HEADERS.flatMap(([name, words]) => {
    const value = excerpt(header(name) ?? '', secrets).slice(0, LONGEST);
    return value === '' ? [] : [words + value];
  });
  return named.length === 0 ? undefined : named.join(', ');
}
