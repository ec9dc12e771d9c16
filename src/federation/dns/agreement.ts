/** Checks that the name servers of a zone agree with one another. */
import { advance, CnameChain } from './cname-chain.ts';
import { dnsError } from './dns-error.ts';
import type { DnsMessage, DnsQuestion } from './message.ts';

/** The answer of one of a zone's servers. */
export interface ServerAnswer {
  /** `ns1.example.net (192.0.2.53)` */
  server: string;
  message: DnsMessage;
}

/**
 * Throws when the answers of a zone's servers can't all be current: one has an address and another has none, or their addresses
 * or aliases have nothing in common. A partial overlap is fine, because some zones rotate their answers.
 * @throws CloudilloError `dns.inconsistent` with every answer: while they disagree nothing is proven
 */
export function assertAgreement(question: DnsQuestion, answers: readonly ServerAnswer[]): void {
  const said = answers.map(({ server, message }) => ({ server, values: valuesOf(message, question) }));
  const [first, ...others] = said;
  if (!first || others.every(({ values }) => agree(first.values, values))) return;
  const byText = new Map<string, string[]>();
  for (const { server, values } of said) {
    const text = values.length > 0 ? values.join(', ') : 'nothing';
    byText.set(text, [...(byText.get(text) ?? []), server]);
  }
  const list = [...byText].map(([text, servers]) => `${servers.join(', ')}: ${text}`);
  throw dnsError(
    'dns.inconsistent',
    `The name servers of ${question.name} disagree (${question.type}); ${list.join('; ')}`,
    {
      details: { name: question.name, type: question.type, servers: said },
    },
  );
}

function agree(a: readonly string[], b: readonly string[]): boolean {
  return a.length === 0 || b.length === 0 ? a.length === b.length : a.some((value) => b.includes(value));
}

/** The target of the alias, else the values. It is empty when the record doesn't exist. */
function valuesOf(message: DnsMessage, { name, type }: DnsQuestion): string[] {
  const chain = new CnameChain(name);
  const step = advance(chain, message, type, 'authority');
  if (chain.end !== name) return [chain.end];
  return step.end === 'found'
    ? step.records.map(({ data }) => (typeof data === 'string' ? data : JSON.stringify(data)))
    : [];
}
