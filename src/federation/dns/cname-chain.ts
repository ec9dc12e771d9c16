/** Follows chains of CNAME records. */
import { dnsError } from './dns-error.ts';
import type { DnsMessage, DnsQuestion, DnsRecord } from './message.ts';

/** The longest chain of CNAME records that is followed (specification: DNS). */
const MAX_CHAIN = 8;

/** The names that a lookup went through. The first is the name that was asked for. */
export class CnameChain {
  readonly #names: string[];

  constructor(start: string) {
    this.#names = [start];
  }

  /** The last name of the chain. */
  get end(): string {
    return this.#names.at(-1) as string;
  }

  /** The targets of the CNAME records so far, in order. It is empty when there was none. */
  get targets(): string[] {
    return this.#names.slice(1);
  }

  /**
   * Adds the target of a CNAME record.
   * @throws CloudilloError `dns.loop` when the name is in the chain already, `dns.chain` past {@link MAX_CHAIN} records
   */
  follow(target: string): void {
    const path = [...this.#names, target].join(' → ');
    if (this.#names.includes(target)) {
      throw dnsError('dns.loop', `The CNAME records of ${this.#names[0]} run in a circle: ${path}`, {
        details: { chain: [...this.#names, target] },
      });
    }
    if (this.#names.length > MAX_CHAIN) {
      throw dnsError('dns.chain', `${this.#names[0]} leads through more than ${MAX_CHAIN} CNAME records: ${path}`, {
        details: { chain: [...this.#names, target] },
      });
    }
    this.#names.push(target);
  }
}

/** What one message leads to: records, the proof that there are none, or another name to ask for. */
export type ChainStep = { end: 'found'; records: DnsRecord[] } | { end: 'nodata' | 'nxdomain' } | { end: 'continue' };

/**
 * Follows the CNAME records of `message` from the end of `chain` on.
 *
 * `trust: 'resolver'` takes a whole chain from one answer. `trust: 'authority'` takes one step only: an authority speaks for its
 * own zone, and its words about other zones are no evidence.
 */
export function advance(
  chain: CnameChain,
  message: DnsMessage,
  type: DnsQuestion['type'],
  trust: 'resolver' | 'authority',
): ChainStep {
  let steps = 0;
  for (;;) {
    const records = message.answers.filter((record) => record.type === type && record.name === chain.end);
    if (records.length > 0) return { end: 'found', records };
    const alias = message.answers.find((record) => record.type === 'CNAME' && record.name === chain.end);
    if (alias?.type !== 'CNAME') break;
    chain.follow(alias.data);
    steps += 1;
    if (trust === 'authority') return { end: 'continue' };
  }
  if (message.rcode === 'NXDOMAIN') return { end: 'nxdomain' };
  const proven = message.authorities.some((record) => record.type === 'SOA');
  return steps === 0 || proven ? { end: 'nodata' } : { end: 'continue' };
}
