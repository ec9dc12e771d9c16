import type { NameFacts } from './facts.ts';

/** The verdicts (specification: DNS). */
export type DnsVerdict = 'ok' | 'nodns' | 'address' | 'transient';

/** A proven failure outranks "could not tell". */
const RANK: readonly DnsVerdict[] = ['ok', 'transient', 'address', 'nodns'];

/** The verdict over several; of none it is `ok`. */
export function worstVerdict(verdicts: Iterable<DnsVerdict>): DnsVerdict {
  let worst: DnsVerdict = 'ok';
  for (const verdict of verdicts) if (RANK.indexOf(verdict) > RANK.indexOf(worst)) worst = verdict;
  return worst;
}

/** Everything that tells which server a name leads to. Two names are the same server when they share a token. */
export interface Signature {
  tokens: ReadonlySet<string>;
  /** False: there may be more tokens, so that "nothing shared" proves nothing. */
  complete: boolean;
}

/** Every name in the CNAME chain, itself included, plus the terminal addresses. */
export function signatureOf(facts: NameFacts): Signature {
  return { tokens: new Set([facts.name, ...facts.chain, ...facts.addresses]), complete: facts.complete };
}

/** An IP literal is its own signature. */
export function addressSignature(address: string): Signature {
  return { tokens: new Set([address]), complete: true };
}

/** Same server: true, false, or null when that can't be told. */
export function shareServer(a: Signature, b: Signature): boolean | null {
  for (const token of a.tokens) if (b.tokens.has(token)) return true;
  return a.complete && b.complete ? false : null;
}

/** The verdict on a name that has to lead to any of `expected`; with none expected, that it leads anywhere. */
export function judge(facts: NameFacts, expected: readonly Signature[]): DnsVerdict {
  if (facts.status === 'failed') return 'transient';
  if (facts.status !== 'found') return 'nodns';
  if (expected.length === 0) return 'ok';
  const answers = expected.map((signature) => shareServer(signatureOf(facts), signature));
  if (answers.includes(true)) return 'ok';
  return answers.includes(null) ? 'transient' : 'address';
}

/**
 * The addresses of a name that nothing expected leads to. They don't change the verdict (one shared token is enough), but
 * whoever picks one of them ends up elsewhere.
 */
export function strayAddresses(facts: NameFacts, expected: readonly Signature[]): string[] {
  if (expected.length === 0 || expected.some(({ complete }) => !complete)) return [];
  return facts.addresses.filter((address) => !expected.some(({ tokens }) => tokens.has(address)));
}
