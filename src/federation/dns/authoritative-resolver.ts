/** A resolver that walks from the root to the authoritative servers of a name. */
import { isIP } from 'node:net';
import { CloudilloError } from '../../protocol/errors.ts';
import { assertAgreement, type ServerAnswer } from './agreement.ts';
import { type AskServer, askServer } from './ask-server.ts';
import { advance, CnameChain } from './cname-chain.ts';
import { type Delegation, readWalkStep } from './delegation.ts';
import { type DnsFailure, dnsError } from './dns-error.ts';
import { DNS_PORT, describeServer } from './dns-server.ts';
import type { DnsMessage, DnsQuestion } from './message.ts';
import { ancestors, dnsName } from './name.ts';
import { addressesOf, type LookupResult, type LookupType, type Resolver } from './resolver.ts';
import { ROOT_HINTS } from './root-hints.ts';
import { isServerFailure, type ServerFailure, zoneError } from './server-failure.ts';

/** The limits of a walk, and where it starts. */
export interface AuthoritativeOptions {
  /** Where the walk starts, instead of the root servers. The port holds for every server on the way. */
  roots?: { addresses: readonly string[]; port?: number };
  label?: string;
  /** Milliseconds per try. Default 2000. */
  timeout?: number;
  /** Milliseconds for one lookup with all its steps. Default 30 000. */
  deadline?: number;
  ask?: AskServer;
}

/** A resolver that also reports the servers that failed on the way. */
export interface AuthoritativeResolver extends Resolver {
  /** The servers that failed, also when another server of the same zone answered. */
  readonly failures: readonly ServerFailure[];
}

/** Limits that end any walk, however a hostile zone directs it. */
const MAX_QUERIES = 120;
const MAX_CUTS = 16;
const MAX_NESTING = 4;
const MAX_SERVERS = 6;

/**
 * Makes a resolver that asks the authoritative servers, from the root down, so that no cache is involved. Make a new one for each
 * check: it keeps the delegations that it finds for its lifetime, whatever their TTL.
 */
export function createAuthoritativeResolver(options: AuthoritativeOptions = {}): AuthoritativeResolver {
  return new Walk(options);
}

/** One lookup: its limits, and the name servers whose addresses it is looking up. */
interface Trip {
  purpose: string;
  budget: { queries: number; endsAt: number };
  looking: readonly string[];
}

class Walk implements AuthoritativeResolver {
  readonly label: string;
  readonly failures: ServerFailure[] = [];
  readonly #options: AuthoritativeOptions;
  readonly #delegations = new Map<string, Delegation>();

  constructor(options: AuthoritativeOptions) {
    this.label = options.label ?? 'authoritative';
    this.#options = options;
    this.#delegations.set('', rootDelegation(options));
  }

  async lookup(name: string, type: LookupType): Promise<LookupResult> {
    const endsAt = performance.now() + (this.#options.deadline ?? 30_000);
    return this.#find(dnsName(name), type, { purpose: name, budget: { queries: MAX_QUERIES, endsAt }, looking: [] });
  }

  async #find(name: string, type: LookupType, trip: Trip): Promise<LookupResult> {
    const chain = new CnameChain(name);
    for (;;) {
      const question = { name: chain.end, type };
      const { message, server, zone } = await this.#walk(question, trip);
      const own = chain.targets.length === 0 && trip.looking.length === 0;
      if (own && type !== 'CAA') await this.#compare(zone, question, { server, message }, trip);
      const step = advance(chain, message, type, 'authority');
      if (step.end === 'continue') continue;
      const records = step.end === 'found' ? step.records : [];
      return { status: step.end, chain: chain.targets, records, authenticated: null, server };
    }
  }

  /** Goes from the closest known delegation down to a server that answers with authority. */
  async #walk(question: DnsQuestion, trip: Trip): Promise<ServerAnswer & { zone: Delegation }> {
    const known = ancestors(question.name).find((zone) => this.#delegations.has(zone)) ?? '';
    let delegation = this.#delegations.get(known) as Delegation;
    for (let cuts = 0; cuts < MAX_CUTS; cuts++) {
      const reply = await this.#askZone(delegation, question, trip);
      if (!reply.delegation) return { ...reply, zone: delegation };
      delegation = reply.delegation;
      this.#delegations.set(delegation.zone, delegation);
    }
    throw dnsError('dns.limit', `${question.name} is more than ${MAX_CUTS} delegations deep`);
  }

  /**
   * Asks the other servers of the zone too, one address each, because peers may ask any of them. Zones above the second level are
   * left out: their servers are many, well run, and not the owner's.
   */
  async #compare(delegation: Delegation, question: DnsQuestion, first: ServerAnswer, trip: Trip): Promise<void> {
    if (!delegation.zone.includes('.')) return;
    const others = new Map<string, string>();
    for await (const { host, address, problem } of this.#addresses(delegation, trip)) {
      if (others.size >= MAX_SERVERS) break;
      if (!problem && !others.has(host)) others.set(host, address);
    }
    const answers = await Promise.all(
      [...others].map(async ([host, address]): Promise<ServerAnswer[]> => {
        const server = this.#describe(address);
        if (server === first.server) return [first];
        const message = await this.#askOrNote(delegation, host, address, question, trip);
        return message ? [{ server, message }] : [];
      }),
    );
    assertAgreement(question, [first, ...answers.flat().filter((answer) => answer !== first)]);
  }

  /** Asks one server. A server that gives no usable answer is noted as a failure. @returns null for such a server */
  async #askOrNote(
    { zone }: Delegation,
    host: string,
    address: string,
    question: DnsQuestion,
    trip: Trip,
  ): Promise<DnsMessage | null> {
    const note = (code: DnsFailure, reason: string) => {
      this.#note({ zone: zone || '.', host, address, code, reason });
      return null;
    };
    try {
      const message = await this.#ask(address, question, trip, 2);
      const step = readWalkStep(message, question, zone);
      return step.kind === 'useless' ? note(step.code, step.reason) : step.kind === 'answer' ? message : null;
    } catch (error) {
      if (!isServerFailure(error)) throw error;
      return note(error.code as DnsFailure, error.message);
    }
  }

  /** The first usable answer of a zone's servers. */
  async #askZone(
    delegation: Delegation,
    question: DnsQuestion,
    trip: Trip,
  ): Promise<{ message: DnsMessage; server: string; delegation?: Delegation }> {
    const failures: ServerFailure[] = [];
    const fail = (host: string, address: string, code: DnsFailure, reason: string) => {
      const failure = { zone: delegation.zone || '.', host, address, code, reason };
      failures.push(failure);
      this.#note(failure);
    };
    let asked = 0;
    // A lost datagram is not sent again where another server can be asked instead.
    const patience = delegation.servers.flatMap(({ addresses }) => addresses).length > 1 ? 1 : 2;
    for await (const { host, address, problem } of this.#addresses(delegation, trip)) {
      if (problem) {
        fail(host, address, problem.code as DnsFailure, problem.message);
        continue;
      }
      if (++asked > MAX_SERVERS) break;
      try {
        const message = await this.#ask(address, question, trip, patience);
        const step = readWalkStep(message, question, delegation.zone);
        const server = this.#describe(address);
        if (step.kind === 'answer') return { message, server };
        if (step.kind === 'referral') return { message, server, delegation: step.delegation };
        fail(host, address, step.code, step.reason);
      } catch (error) {
        if (!isServerFailure(error)) throw error;
        fail(host, address, error.code as DnsFailure, error.message);
      }
    }
    throw zoneError(delegation, question, failures);
  }

  /** The addresses of a zone's servers: first those that came with the delegation, then those that have to be looked up. */
  async *#addresses(
    { servers, zone }: Delegation,
    trip: Trip,
  ): AsyncGenerator<{ host: string; address: string; problem?: CloudilloError }> {
    for (const family of [4, 6]) {
      for (const { host, addresses } of servers) {
        for (const address of addresses) if (isIP(address) === family) yield { host, address };
      }
    }
    for (const { host } of servers.filter((server) => server.addresses.length === 0)) {
      try {
        for (const address of await this.#hostAddresses(host, trip)) yield { host, address };
      } catch (problem) {
        if (!(problem instanceof CloudilloError) || problem.code === 'dns.limit') throw problem;
        const reason = `the address of ${host}, a name server of ${zone}, can't be found: ${problem.message}`;
        yield { host, address: '', problem: dnsError('dns.lame', reason, { cause: problem }) };
      }
    }
  }

  /** Looks up the address of a name server. A server whose lookup needs the server itself fails: the zone lacks glue. */
  async #hostAddresses(host: string, trip: Trip): Promise<string[]> {
    if (trip.looking.includes(host)) {
      throw dnsError('dns.lame', `finding ${host} needs ${host} itself: glue is missing`);
    }
    if (trip.looking.length >= MAX_NESTING) {
      throw dnsError('dns.limit', `Finding ${host} needs too many other name servers`);
    }
    const further = { ...trip, looking: [...trip.looking, host] };
    for (const type of ['A', 'AAAA'] as const) {
      const found = addressesOf(await this.#find(dnsName(host), type, further));
      if (found.length > 0) return found;
    }
    throw dnsError('dns.lame', `${host} has no address`);
  }

  async #ask(address: string, question: DnsQuestion, trip: Trip, tries: number): Promise<DnsMessage> {
    const { purpose, budget } = trip;
    const left = budget.endsAt - performance.now();
    if (left <= 0) throw dnsError('dns.limit', `Walking from the root to ${purpose} took too long`);
    if (--budget.queries < 0) {
      throw dnsError('dns.limit', `Walking from the root to ${purpose} took more than ${MAX_QUERIES} questions`);
    }
    const timeout = Math.max(1, Math.min(this.#options.timeout ?? 2000, left));
    const server = { transport: 'udp', address, port: this.#port } as const;
    return (this.#options.ask ?? askServer)(server, question, { recurse: false, timeout, tries });
  }

  #describe(address: string): string {
    return describeServer({ transport: 'udp', address, port: this.#port });
  }

  get #port(): number {
    return this.#options.roots?.port ?? DNS_PORT;
  }

  #note(failure: ServerFailure): void {
    const same = (other: ServerFailure) =>
      other.zone === failure.zone && other.address === failure.address && other.host === failure.host;
    if (!this.failures.some(same)) this.failures.push(failure);
  }
}

function rootDelegation({ roots }: AuthoritativeOptions): Delegation {
  if (roots) return { zone: '', servers: [{ host: 'root', addresses: roots.addresses }] };
  // A random root server is asked first, so that the roots share the load. All IPv4 addresses go before IPv6 (see #addresses).
  const start = Math.floor(Math.random() * ROOT_HINTS.length);
  return { zone: '', servers: [...ROOT_HINTS.slice(start), ...ROOT_HINTS.slice(0, start)] };
}
