/** A resolver that asks recursive resolvers: the system's, or those that a flag names. */
import { getServers } from 'node:dns';
import { type AskServer, askServer } from './ask-server.ts';
import { advance, CnameChain } from './cname-chain.ts';
import { dnsError } from './dns-error.ts';
import { type DnsServer, describeServer, parseServer } from './dns-server.ts';
import type { DnsMessage, DnsQuestion } from './message.ts';
import { dnsName, isWithin } from './name.ts';
import type { LookupResult, LookupType, Resolver } from './resolver.ts';

/** The servers of a stub resolver, and its limits. */
export interface StubResolverOptions {
  /** Asked in order. The next one is asked when one gives no usable answer. */
  servers: readonly DnsServer[];
  label?: string;
  /** Milliseconds per try. Default 3000. */
  timeout?: number;
  tries?: number;
  /** Certificate authorities (PEM) for DNS over HTTPS. */
  ca?: string;
  ask?: AskServer;
}

/** Makes a resolver that asks recursive resolvers. */
export function createStubResolver(options: StubResolverOptions): Resolver {
  const { servers } = options;
  const ask = async (question: DnsQuestion) => {
    if (servers.length === 0) throw dnsError('dns.unreachable', 'This system names no DNS server');
    const failures: unknown[] = [];
    for (const server of servers) {
      try {
        return { server, message: await askOne(server, question, options) };
      } catch (error) {
        failures.push(error);
      }
    }
    throw failures[0];
  };
  return {
    label: options.label ?? servers.map(describeServer).join(', '),
    async lookup(input: string, type: LookupType): Promise<LookupResult> {
      const chain = new CnameChain(dnsName(input));
      let authenticated = true;
      for (;;) {
        const { server, message } = await ask({ name: chain.end, type });
        authenticated &&= message.authenticated;
        const step = advance(chain, message, type, 'resolver');
        if (step.end === 'continue') continue;
        return {
          status: step.end,
          chain: chain.targets,
          records: step.end === 'found' ? step.records : [],
          authenticated,
          server: describeServer(server),
        };
      }
    },
  };
}

/** The servers of the operating system's configuration, in its order. */
export function systemServers(): DnsServer[] {
  return getServers().map((text) => parseServer(text));
}

async function askOne(server: DnsServer, question: DnsQuestion, options: StubResolverOptions): Promise<DnsMessage> {
  const message = await (options.ask ?? askServer)(server, question, {
    recurse: true,
    ...(options.timeout !== undefined && { timeout: options.timeout }),
    ...(options.tries !== undefined && { tries: options.tries }),
    ...(options.ca !== undefined && { ca: options.ca }),
  });
  refuseFailure(message, question, describeServer(server));
  return message;
}

/** Throws the error for an answer that says nothing about the name. */
function refuseFailure(message: DnsMessage, { name, type }: DnsQuestion, server: string): void {
  const details = { name, type, server, rcode: message.rcode };
  switch (message.rcode) {
    case 'NOERROR':
      break;
    case 'NXDOMAIN':
      return;
    case 'SERVFAIL':
      throw dnsError('dns.servfail', `${server} failed to look up ${name} (SERVFAIL)`, { details });
    case 'REFUSED':
      throw dnsError('dns.refused', `${server} refuses to look up ${name} (REFUSED)`, { details });
    default:
      throw dnsError('dns.rcode', `${server} answered ${message.rcode} for ${name}`, { details });
  }
  // An authoritative server that isn't a resolver answers with a referral, which doesn't prove that the record is absent.
  const referral = message.authorities.some((record) => record.type === 'NS' && isWithin(name, record.name));
  const empty = message.answers.length === 0 && !message.authorities.some((record) => record.type === 'SOA');
  if (empty && referral && !message.recursive && !message.authoritative) {
    throw dnsError('dns.lame', `${server} is no resolver: it only says who else to ask about ${name}`, {
      details,
      hint: 'Name a resolver with --resolver, or walk from the root with --authoritative.',
    });
  }
}
