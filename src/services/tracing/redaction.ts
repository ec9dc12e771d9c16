/** Keeps secrets out of traces, whatever a message or a fact repeats. */
import type { Fact } from '../../protocol/observer.ts';

/** A token in its three parts: an action token, whose claims may be private, or an access token. */
const TOKEN = /eyJ[\w-]{4,}\.[\w-]+(?:\.[\w-]*)?/g;
/** The credentials of a header. */
const CREDENTIALS = /\b(Bearer|Basic)\s+[\w.~+/=-]+/gi;
/** User name and password of a URL. */
const USER_INFO = /(\w+:\/\/)[^\s/@]+@/g;
/** The values in a query: of any name, because the name doesn't say what is secret. */
const QUERY = /([?&][^\s=&#]+=)[^\s&#)'"]+/g;

/** The text without what may be a secret. */
export function redacted(text: string): string {
  return text.replace(TOKEN, 'eyJ…').replace(CREDENTIALS, '$1 …').replace(USER_INFO, '$1…@').replace(QUERY, '$1…');
}

/** The same for a fact. */
export function redactedFact(fact: Fact): Fact {
  if (typeof fact === 'string') return redacted(fact);
  return Array.isArray(fact) ? fact.map(redacted) : fact;
}
