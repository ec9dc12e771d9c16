/** The verdicts on a name (specification: DNS). */
import type { NameFacts } from './name-facts.ts';

/** The verdicts (specification: DNS). */
export type DnsVerdict = 'ok' | 'nodns' | 'address' | 'transient';

/** Severity, lowest first: a proven failure outranks a failed lookup. */
const RANK: readonly DnsVerdict[] = ['ok', 'transient', 'address', 'nodns'];

/** The most severe of several verdicts; `ok` for none. */
export function worstVerdict(verdicts: Iterable<DnsVerdict>): DnsVerdict {
  let worst: DnsVerdict = 'ok';
  for (const verdict of verdicts) if (RANK.indexOf(verdict) > RANK.indexOf(worst)) worst = verdict;
  return worst;
}

/** What identifies the server that a name leads to. Two names lead to the same server when they share a token. */
export interface Signature {
  tokens: ReadonlySet<string>;
  /** False when there may be more tokens: then no shared token proves nothing. */
  complete: boolean;
}

/** The signature of a name: the names of its CNAME chain, itself included, and its addresses. */
export function signatureOf(facts: NameFacts): Signature {
  return { tokens: new Set([facts.name, ...facts.chain, ...facts.addresses]), complete: facts.complete };
}

/** The signature of an IP address: the address itself. */
export function addressSignature(address: string): Signature {
  return { tokens: new Set([address]), complete: true };
}

/** Whether both lead to the same server; null when that is unknown. */
export function shareServer(a: Signature, b: Signature): boolean | null {
  for (const token of a.tokens) if (b.tokens.has(token)) return true;
  return a.complete && b.complete ? false : null;
}

/** The verdict on a name that must lead to one of `expected`, or anywhere when nothing is expected. */
export function judge(facts: NameFacts, expected: readonly Signature[]): DnsVerdict {
  if (facts.status === 'failed') return 'transient';
  if (facts.status !== 'found') return 'nodns';
  if (expected.length === 0) return 'ok';
  const answers = expected.map((signature) => shareServer(signatureOf(facts), signature));
  if (answers.includes(true)) return 'ok';
  return answers.includes(null) ? 'transient' : 'address';
}

/** An address that no peer connects to, and why: `private`, `loopback`, … */
export interface BlockedAddress {
  address: string;
  range: string;
}

/**
 * The addresses of a name that no peer connects to. A peer refuses a name for one of them, whatever the others are: where it leads is not
 * where the server is.
 */
export function blockedAddresses(
  { name, addresses }: NameFacts,
  blocked: (name: string, address: string) => string | null,
): BlockedAddress[] {
  return addresses.flatMap((address) => {
    const range = blocked(name, address);
    return range === null ? [] : [{ address, range }];
  });
}

/**
 * The addresses of a name that belong to no expected server. The verdict does not depend on them, because one shared
 * token is enough, but clients that choose one of them reach another server.
 */
export function strayAddresses(facts: NameFacts, expected: readonly Signature[]): string[] {
  if (expected.length === 0 || expected.some(({ complete }) => !complete)) return [];
  return facts.addresses.filter((address) => !expected.some(({ tokens }) => tokens.has(address)));
}
