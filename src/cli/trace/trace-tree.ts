/** A trace as an indented tree, for people. */
import type { ChalkInstance } from 'chalk';
import type { Fact } from '../../protocol/observer.ts';
import type { SpanRecord, TraceListener } from '../../services/tracing/trace-record.ts';

/** The most spans of a tree. A broadcast to thousands has more: `--trace-file` keeps all. */
const MAX_SPANS = 2_000;

/**
 * A listener that collects spans, and the lines that it makes of them.
 * @param tell gets the lines of each trace when it is over; default: `lines` gives those of all
 */
export function traceTree(
  colors: ChalkInstance,
  tell?: (lines: string[]) => void,
): TraceListener & { lines(): string[] } {
  const spans = new Map<string, SpanRecord>();
  let left = 0;
  const lines = (of: readonly SpanRecord[]) => [
    ...treeLines(of, colors),
    ...(left > 0 ? [`… and ${left} more: --trace-file has all of them`] : []),
  ];
  return {
    began(span) {
      if (spans.size < MAX_SPANS) spans.set(span.spanId, span);
      else left += 1;
    },
    ended(span) {
      if (!tell || (span.parentId !== null && spans.has(span.parentId)) || !spans.has(span.spanId)) return;
      const own = [...spans.values()].filter(({ traceId }) => traceId === span.traceId);
      tell(lines(own));
      for (const { spanId } of own) spans.delete(spanId);
      left = 0;
    },
    lines: () => lines([...spans.values()]),
  };
}

/** The lines of a tree: how long each took, then what it was. One that isn't over has no time. */
export function treeLines(spans: readonly SpanRecord[], colors: ChalkInstance): string[] {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const parts = new Map<string, SpanRecord[]>();
  const roots: SpanRecord[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    if (span.parentId === null || !known.has(span.parentId)) roots.push(span);
    else parts.set(span.parentId, [...(parts.get(span.parentId) ?? []), span]);
  }
  const lines: string[] = [];
  const add = (span: SpanRecord, depth: number): void => {
    lines.push(spanLine(span, depth, colors));
    for (const part of parts.get(span.spanId) ?? []) add(part, depth + 1);
  };
  for (const [index, root] of roots.entries()) {
    if (root.traceId !== roots[index - 1]?.traceId) lines.push(`trace ${root.traceId}`);
    add(root, 0);
  }
  return lines;
}

const TIME_WIDTH = 11;

function spanLine({ name, start, end, facts, error }: SpanRecord, depth: number, colors: ChalkInstance): string {
  const time = end === null ? '…' : `${Math.max(0, end - start).toFixed(1)} ms`;
  const told = factsText(name, facts);
  const failure = error ? `  ${colors.red(`✗ ${error.code}`)}${error.message && ` ${error.message}`}` : '';
  return `${colors.dim(time.padStart(TIME_WIDTH))}  ${'  '.repeat(depth)}${name}${told && `  ${told}`}${failure}`;
}

/** Facts that say what they are by themselves; null: shown as a part of another one, or not at all. */
const BARE: Readonly<Record<string, (value: string, facts: Record<string, Fact>) => string | null>> = {
  'http.request.method': () => null,
  'url.full': (url) => url,
  'server.address': (host, facts) =>
    'url.full' in facts ? null : `${facts['http.request.method'] ?? ''} ${host}${facts['url.path'] ?? ''}`.trim(),
  'url.path': () => null,
  'http.route': () => null,
  'server.port': () => null,
  'http.response.status_code': (status) => status,
  'http.response.body.size': (bytes) => `${bytes} bytes`,
  'http.request.body.size': (bytes) => `${bytes} bytes sent`,
  'http.request.resend_count': (count) => `attempt ${Number(count) + 1}`,
  'network.peer.address': (address, facts) =>
    address.includes(':')
      ? `[${address}]:${facts['network.peer.port']}`
      : `${address}:${facts['network.peer.port'] ?? ''}`,
  'network.peer.port': () => null,
  'network.type': () => null,
  'network.protocol.version': () => null,
  'dns.question.name': (name) => name,
  'dns.answers': (answers, facts) => (answers || !hasOtherRecords(facts) ? `→ ${answers || 'nothing'}` : null),
  'cloudillo.dns.type': (type) => type,
  'cloudillo.dns.rcode': (rcode) => (rcode === 'NOERROR' ? null : rcode),
  'cloudillo.dns.records': (records) => `→ ${records}`,
  'cloudillo.dns.referral': (zones) => `→ the servers of ${zones}`,
  'network.transport': (transport) => (transport === 'udp' ? null : `over ${transport}`),
  'tls.protocol.version': (version) => `TLS ${version}`,
  'tls.server.subject': () => null,
  'tls.server.issuer': (issuer) => `issued by ${issuer}`,
  'tls.server.not_before': () => null,
  'tls.server.not_after': (time) => `until ${time}`,
  'cloudillo.tls.names': (names) => `for ${names}`,
  'cloudillo.connection.reused': (reused) => (reused === 'true' ? 'on an open connection' : null),
  'cloudillo.given_up': () => 'given up',
  'cloudillo.lock': (lock) => lock,
  'cloudillo.resolver': (resolver) => resolver,
  'cloudillo.check': (check) => check,
  'cloudillo.case': (name) => name,
};

function hasOtherRecords(facts: Record<string, Fact>): boolean {
  return 'cloudillo.dns.records' in facts || 'cloudillo.dns.referral' in facts;
}

function factsText(name: string, facts: Record<string, Fact>): string {
  return Object.entries(facts)
    .map(([fact, value]) => {
      const text = Array.isArray(value) ? value.join(', ') : String(value);
      const bare = BARE[fact];
      return bare ? bare(text, facts) : `${shortName(fact)} ${text}`;
    })
    .filter((text) => text !== null && text !== name)
    .join('  ');
}

function shortName(fact: string): string {
  return fact.replace(/^cloudillo\./, '').replaceAll(/[._]/g, ' ');
}
