/** What `--verbose` tells of a command's work: which addresses and name servers answered, which attempts failed, where keys came from. */
import type { SpanRecord, TraceListener } from '../../services/tracing/trace-record.ts';

/** A listener that writes a line for each attempt of a request, and for each lookup of a key. */
export function verboseLines(tell: (line: string) => void): TraceListener {
  return {
    ended(span) {
      if (span.kind === 'client') tell(attemptLine(span));
      else if (span.name === 'connect' && span.error) tell(`${addressOf(span)}: ${span.error.code}`);
      else if (span.name === 'dns' && 'cloudillo.dns.type' in span.facts) tell(questionLine(span));
      else if (span.name === 'key lookup') tell(keyLine(span));
    },
  };
}

function attemptLine(span: SpanRecord): string {
  const { name, facts, error, start, end } = span;
  const resent = facts['http.request.resend_count'];
  const attempt = resent === undefined ? '' : ` (attempt ${Number(resent) + 1})`;
  const reused = facts['cloudillo.connection.reused'] === true ? ', on an open connection' : '';
  const status = facts['http.response.status_code'];
  const outcome = error ? error.code : String(status);
  const from = facts['network.peer.address'] === undefined ? '' : ` from ${addressOf(span)}${reused}`;
  return `${name} ${facts['url.full']}${attempt}: ${outcome}${from}, ${Math.round((end ?? start) - start)} ms`;
}

function questionLine(span: SpanRecord): string {
  const { facts, error, start, end } = span;
  const answer = [facts['dns.answers'] ?? [], facts['cloudillo.dns.records'] ?? []].flat().join(', ');
  const rcode = facts['cloudillo.dns.rcode'];
  const outcome = error ? error.code : answer || (rcode === 'NOERROR' ? 'no record' : rcode);
  const server = facts['url.full'] ?? addressOf(span);
  const ms = Math.round((end ?? start) - start);
  return `${facts['cloudillo.dns.type']} ${facts['dns.question.name']} at ${server}: ${outcome}, ${ms} ms`;
}

function keyLine({ facts, error }: SpanRecord): string {
  const key = `key ${facts['cloudillo.key.id']} of ${facts['cloudillo.issuer']}`;
  if (error) return `${key}: ${error.code}`;
  if (facts['cloudillo.key.found'] === false) return `${key}: it has no such key`;
  const fetched = facts['cloudillo.key.fetched'];
  return `${key}: from ${facts['cloudillo.key.source']}${fetched === undefined ? '' : `, fetched ${fetched}`}`;
}

function addressOf({ facts }: SpanRecord): string {
  const address = String(facts['network.peer.address']);
  return `${address.includes(':') ? `[${address}]` : address}:${facts['network.peer.port']}`;
}
