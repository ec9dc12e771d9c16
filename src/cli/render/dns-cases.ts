/** A check of DNS names as cases of a report. */
import type { DnsCheckReport, NameReport, ResolverReport } from '../../services/dns/dns-check.ts';
import { zoneFileLines } from '../../services/dns/zone-change.ts';
import type { ResultCase, ResultSuite } from '../results/suite.ts';
import { advice, findings } from './dns-check.ts';

/** A case for each name at each resolver, and a warning for each name server that doesn't do its part. */
export function dnsSuite(report: DnsCheckReport, startedAt: number): ResultSuite {
  const cases = report.resolvers.flatMap((resolver) => [
    ...resolver.names.map((name) => nameCase(name, resolver, report)),
    ...resolver.lame.map(
      ({ host, address, zone, code, reason }): ResultCase => ({
        ...{ name: `name server ${host}${address && ` (${address})`} of ${zone}`, section: resolver.resolver },
        ...{ outcome: 'warning', code, message: reason, durationMs: 0 },
      }),
    ),
  ]);
  return { name: report.idTag, startedAt, durationMs: Date.now() - startedAt, cases };
}

function nameCase(own: NameReport, resolver: ResolverReport, report: DnsCheckReport): ResultCase {
  const base = { name: own.name, section: resolver.resolver, durationMs: own.ms };
  const message = findings(own, report, resolver);
  if (own.verdict === 'ok') return { ...base, outcome: 'passed', message };
  const { add, remove } = report.records;
  const records = [
    ...zoneFileLines(add).map((line) => `add: ${line}`),
    ...zoneFileLines(remove).map((line) => `take out: ${line}`),
  ];
  const hint = advice(report).join(' ') || undefined;
  return { ...base, outcome: 'failed', code: own.error?.code ?? own.verdict, message, evidence: records, hint };
}
