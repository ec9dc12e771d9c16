/** The output of `dns-check`. */

import type { ChalkInstance } from 'chalk';
import { isExampleAddress } from '../../federation/http/address-guard.ts';
import type { CaaFacts } from '../../services/dns/caa.ts';
import type { DnsCheckReport, NameReport, ResolverReport } from '../../services/dns/dns-check.ts';
import type { DnsVerdict } from '../../services/dns/verdict.ts';
import { hostLines, type ZoneChange, type ZoneLine, zoneFileLines } from '../../services/dns/zone-change.ts';
import { padColumns, textWidth } from '../output/text-width.ts';

/** The form of records: a zone file, a provider's form, or JSON. */
export type RecordFormat = 'zone' | 'host' | 'json';

const HEADLINES: Record<DnsVerdict, string> = {
  ok: 'both names reach the server',
  nodns: 'a record is missing',
  address: 'a name leads to another server',
  transient: 'could not tell: a lookup failed',
};

/** The screen of `dns-check`. */
export function renderDnsCheck(report: DnsCheckReport, colors: ChalkInstance): string[] {
  const one =
    report.appDomain === `cl-o.${report.appDomain}` || report.resolvers.every(({ names }) => names.length < 2);
  const headline = one && report.verdict === 'ok' ? 'the name reaches the server' : headlineOf(report);
  return [
    `${mark(report.verdict, colors)} ${report.idTag}  ${report.verdict}: ${headline}`,
    ...report.resolvers.flatMap((resolver) => ['', ...resolverLines(resolver, report, colors)]),
    ...changeLines(report.records, 'zone', colors),
    ...adviceLines(report),
  ];
}

function headlineOf({ verdict, resolvers }: DnsCheckReport): string {
  const names = resolvers.flatMap(({ names }) => names);
  const wrong = names.filter((name) => name.verdict === 'address');
  const unreachable = verdict === 'address' && wrong.every(({ blocked }) => blocked.length > 0);
  return unreachable ? 'a name leads to an address that no peer connects to' : HEADLINES[verdict];
}

/** Only the records to add, for a pipe. */
export function renderRecords(change: ZoneChange, format: RecordFormat): string[] {
  return format === 'json' ? [JSON.stringify(change.add)] : recordLines(change.add, change.zone, format);
}

function mark(verdict: DnsVerdict, colors: ChalkInstance): string {
  if (verdict === 'ok') return colors.green('✓');
  return verdict === 'transient' ? colors.yellow('?') : colors.red('✗');
}

function resolverLines(resolver: ResolverReport, report: DnsCheckReport, colors: ChalkInstance): string[] {
  const width = Math.max(...resolver.names.map(({ name }) => textWidth(name)));
  return [
    `  ${colors.bold(resolver.resolver)}`,
    ...resolver.names.flatMap((name) => nameLines(name, width, report, resolver, colors)),
    ...resolver.lame
      .filter((server) => !isTold(server, resolver))
      .map(
        ({ host, address, zone, reason }) =>
          `    ${colors.yellow('!')} name server ${host}${address && ` (${address})`} of ${zone}: ${reason}`,
      ),
  ];
}

/** Whether an error that is printed names this server already. */
function isTold({ zone }: { zone: string }, { names }: ResolverReport): boolean {
  return names.some(({ status, error }) => status === 'failed' && error?.details?.['zone'] === zone);
}

function nameLines(
  own: NameReport,
  width: number,
  report: DnsCheckReport,
  resolver: ResolverReport,
  colors: ChalkInstance,
): string[] {
  const details: [string, string][] = [];
  if (own.chain.length > 0) details.push(['CNAME', own.chain.join(' → ')]);
  if (own.error && own.status !== 'failed') details.push(['note', `${own.error.code}: ${own.error.message}`]);
  if (own.verdict === 'ok' && own.stray.length > 0) {
    details.push(['note', colors.yellow(`leads to ${own.stray.join(', ')} as well, where the server is not`)]);
  }
  const examples = own.addresses.filter(isExampleAddress);
  if (examples.length > 0) {
    details.push([
      'note',
      colors.yellow(`${examples.join(', ')} is reserved for documentation (RFC 5737): no server has it`),
    ]);
  }
  if (own.authenticated) details.push(['DNSSEC', 'validated by the resolver (AD)']);
  if (own.caa) details.push(['CAA', caaText(own.caa)]);
  return [
    `    ${mark(own.verdict, colors)} ${padColumns(own.name, width)}  ${findings(own, report, resolver)}  ${colors.dim(`${own.ms} ms`)}`,
    ...details.map(([label, text]) => `      ${colors.dim(label.padEnd(6))}  ${text}`),
  ];
}

/** What one resolver says of a name, in one line. */
export function findings(own: NameReport, report: DnsCheckReport, resolver: ResolverReport): string {
  const addresses = own.addresses.join(', ');
  if (own.verdict === 'ok') return addresses;
  if (own.status === 'failed' && own.error) {
    const { code, message, cause } = own.error;
    return `${code}: ${message}${cause ? ` (${cause})` : ''}`;
  }
  const end = own.chain.at(-1);
  const subject = end === undefined ? '' : `leads to ${end}, which `;
  if (own.status === 'nxdomain') return `${subject}does not exist (NXDOMAIN)`;
  if (own.status === 'nodata') return `${subject}has no address (no A or AAAA record)`;
  if (own.blocked.length > 0) {
    const list = own.blocked.map(({ address, range }) => `${address} (${range})`).join(', ');
    return `leads to ${addresses}; no peer connects to ${list}`;
  }
  const wanted = report.expected.length > 0 ? report.expected : (resolver.names[0]?.addresses ?? []);
  return `leads to ${addresses}, not to ${wanted.join(' or ')}`;
}

function caaText({ at, records, error }: CaaFacts): string {
  if (error) return `could not be told, so that no authority would issue: ${error.code}`;
  if (at === null) return 'none: any authority may issue certificates';
  const list = records.map(({ tag, value, critical }) => `${tag} "${value}"${critical ? ' (critical)' : ''}`);
  return `${list.join(', ')}  (at ${at})`;
}

function recordLines(lines: readonly ZoneLine[], zone: string, format: 'zone' | 'host'): string[] {
  return format === 'zone' ? zoneFileLines(lines) : hostLines(lines, zone);
}

function changeLines(change: ZoneChange, format: 'zone' | 'host', colors: ChalkInstance): string[] {
  const part = (title: string, lines: readonly ZoneLine[], paint: (text: string) => string) =>
    lines.length === 0 ? [] : ['', title, ...recordLines(lines, change.zone, format).map((line) => paint(`  ${line}`))];
  return [
    ...part('Add these records:', change.add, colors.green),
    ...part('Take these records out:', change.remove, colors.red),
  ];
}

function adviceLines(report: DnsCheckReport): string[] {
  const hints = advice(report);
  return hints.length === 0 ? [] : ['', ...hints.map((hint) => `  → ${hint}`)];
}

/** The next steps that the records don't show. */
export function advice(report: DnsCheckReport): string[] {
  const hints = new Set<string>();
  const names = report.resolvers.flatMap((resolver) => resolver.names);
  for (const { error, status } of names) if (status === 'failed' && error?.hint) hints.add(error.hint);
  const ranges = [report, ...names].flatMap(({ blocked }) =>
    blocked.map(({ address, range }) => `${address} is ${range}`),
  );
  if (ranges.length > 0) {
    const list = [...new Set(ranges)].join(', ');
    hints.add(
      `${list}: peers connect to public addresses only. The name needs the address under which others reach the server`,
    );
  }
  const missing = names.some(({ verdict }) => verdict === 'nodns' || verdict === 'address');
  if (missing && report.records.add.length === 0 && report.records.remove.length === 0) {
    hints.add('Say where the server is, and the records to add are printed: --expect ADDRESS');
  }
  return [...hints];
}
