/** One question to one name server, with the fallbacks of the DNS protocol. */
import { dnsError } from './dns-error.ts';
import { type DnsServer, describeServer } from './dns-server.ts';
import { type DnsMessage, type DnsQuestion, encodeQuery, randomId, readResponse } from './message.ts';
import { exchangeTcp } from './tcp.ts';
import { exchangeUdp, type TimeForAnswer } from './udp.ts';

/** The options of a question. */
export interface AskOptions {
  /** Ask for recursion: true for a resolver, false for an authority. */
  recurse: boolean;
  /** Milliseconds for the whole question, whatever is asked again. Default 3000. */
  timeout?: number;
  /** How often a datagram is sent while no answer comes. Default 2. */
  tries?: number;
  /** Certificate authorities (PEM) for DNS over HTTPS, instead of the system's. */
  ca?: string;
}

/** Asks one server one question. */
export type AskServer = (server: DnsServer, question: DnsQuestion, options: AskOptions) => Promise<DnsMessage>;

/**
 * Asks one server one question and returns its answer, whatever the rcode. A lost datagram is sent again. An answer that doesn't
 * fit UDP is asked for over TCP. A server without EDNS is asked again without it.
 * @throws CloudilloError `dns.timeout`, `dns.unreachable`, `dns.malformed`: the server gave no answer
 */
export const askServer: AskServer = async (server, question, options) => {
  const limit = options.timeout ?? 3000;
  const endsAt = performance.now() + limit;
  const time = { limit, left: () => Math.max(1, endsAt - performance.now()) };
  const answer = await send(server, question, options, { edns: true, time });
  const unknownsEdns = (answer.rcode === 'FORMERR' || answer.rcode === 'NOTIMP') && !answer.edns;
  return unknownsEdns ? send(server, question, options, { edns: false, time }) : answer;
};

interface Sending {
  edns: boolean;
  time: TimeForAnswer;
}

async function send(
  server: DnsServer,
  question: DnsQuestion,
  options: AskOptions,
  { edns, time }: Sending,
): Promise<DnsMessage> {
  // RFC 8484 section 4.1: ID 0, so that caches see the same bytes; HTTP already ties the answer to its query.
  const id = server.transport === 'https' ? 0 : randomId();
  const query = encodeQuery(question, { id, recurse: options.recurse, edns });
  const accept = (bytes: Buffer) => readResponse(bytes, { id, question });
  if (server.transport === 'https') {
    const { exchangeHttps } = await import('./https.ts');
    const target = { url: server.url, time, ...(options.ca !== undefined && { ca: options.ca }) };
    const answer = accept(await exchangeHttps(target, query));
    if (answer) return answer;
    throw dnsError('dns.malformed', `${describeServer(server)} answered another question than ${question.name}`);
  }
  const target = { address: server.address, port: server.port, time };
  if (server.transport === 'tcp') return exchangeTcp(target, query, accept);
  const answer = await exchangeUdp(target, query, accept, options.tries ?? 2);
  return answer.truncated ? exchangeTcp(target, query, accept) : answer;
}
