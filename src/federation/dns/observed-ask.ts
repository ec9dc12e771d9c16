/** Tells an observer of each question to a name server, and of its answer. */
import { isIP } from 'node:net';
import { type Observer, observed } from '../../protocol/observer.ts';
import { type AskServer, askServer } from './ask-server.ts';
import { type DnsServer, describeServer } from './dns-server.ts';
import type { DnsMessage, DnsRecord } from './message.ts';

/** The most records of an answer that are told. */
const MAX_RECORDS = 20;

/** Makes a span of each question. */
export function observedAsk(observer: Observer, ask: AskServer = askServer): AskServer {
  return (server, question, options) =>
    observed(observer, 'dns', async (span) => {
      span?.fact('dns.question.name', question.name);
      span?.fact('cloudillo.dns.type', question.type);
      if (span) for (const [fact, value] of serverFacts(server)) span.fact(fact, value);
      const message = await ask(server, question, options);
      if (span) for (const [fact, value] of answerFacts(message)) span.fact(fact, value);
      return message;
    });
}

function serverFacts(server: DnsServer): [fact: string, value: string | number][] {
  if (server.transport === 'https') return [['url.full', describeServer(server)]];
  const { address, port, transport } = server;
  return [
    ['network.transport', transport],
    ['network.peer.address', address],
    ['network.peer.port', port],
    ['network.type', isIP(address) === 6 ? 'ipv6' : 'ipv4'],
  ];
}

function answerFacts({ rcode, answers, authorities }: DnsMessage): [fact: string, value: string | string[]][] {
  const addresses = answers.flatMap((record) => (record.type === 'A' || record.type === 'AAAA' ? [record.data] : []));
  const others = answers.flatMap((record) =>
    record.type === 'A' || record.type === 'AAAA' ? [] : [recordText(record)],
  );
  const zones = new Set(authorities.flatMap(({ type, name }) => (type === 'NS' ? [name || '.'] : [])));
  const isReferral = answers.length === 0 && zones.size > 0;
  return [
    ['cloudillo.dns.rcode', rcode],
    ['dns.answers', addresses.slice(0, MAX_RECORDS)],
    ...(others.length > 0 ? [['cloudillo.dns.records', others.slice(0, MAX_RECORDS)] as [string, string[]]] : []),
    ...(isReferral ? [['cloudillo.dns.referral', [...zones].slice(0, MAX_RECORDS)] as [string, string[]]] : []),
  ];
}

function recordText({ type, data }: DnsRecord): string {
  return `${type} ${typeof data === 'object' ? Object.values(data).join(' ') : data}`;
}
