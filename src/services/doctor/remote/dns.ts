/** What the name servers say of an identity's names, as faults. */
import type { CodeOf } from '../../../protocol/error-table.ts';
import type { DnsCheckReport, NameReport, ResolverReport } from '../../dns/dns-check.ts';
import type { FaultId } from '../faults.ts';
import type { Fault, Outcome } from '../finding.ts';

/** What an error of a lookup is. The codes that are missing here are malformed answers, and circles. */
const LOOKUP_FAULTS: Partial<Record<CodeOf<'dns'>, FaultId>> = {
  'dns.servfail': 'servfail',
  'dns.lame': 'lame',
  'dns.timeout': 'resolver-silent',
  'dns.unreachable': 'resolver-silent',
  'dns.refused': 'resolver-refuses',
  'dns.inconsistent': 'zone-disagrees',
};

/** The fault of a failed lookup. */
export function lookupFault(code: string): FaultId {
  return LOOKUP_FAULTS[code as CodeOf<'dns'>] ?? 'dns-broken';
}

/** Judges the records of both names, by each resolver and by the zone itself where it was asked. */
export function dnsOutcome(report: DnsCheckReport): Outcome {
  const zone = report.resolvers.find(({ resolver }) => resolver === 'authoritative');
  const faults = [...recordFaults(report, zone), ...lameFaults(zone), ...caaFaults(report)];
  // Some resolver has to lead to the API host. A refused address ends the way for every peer.
  const found = report.resolvers.some(({ names }) =>
    names.some(({ purpose, status }) => purpose === 'api' && status === 'found'),
  );
  const refused = faults.some(({ fault }) => fault === 'private-address');
  return { faults, told: toldOf(report), ...((!found || refused) && { stops: true }) };
}

function toldOf({ idTag, appDomain, resolvers }: DnsCheckReport): string {
  const names = resolvers.flatMap((resolver) => resolver.names);
  const addresses = [...new Set(names.flatMap((name) => name.addresses))];
  const secure = names.some(({ authenticated }) => authenticated) ? ', DNSSEC validated' : '';
  const asked = resolvers.length > 1 ? `, say ${resolvers.length} resolvers` : '';
  const caa = names.find(({ caa }) => caa?.at)?.caa;
  const issuers = caa?.records.filter(({ tag }) => tag === 'issue').map(({ value }) => value) ?? [];
  const issue = issuers.length > 0 ? `; CAA: ${issuers.join(', ')}` : '';
  return `cl-o.${idTag} and ${appDomain} lead to ${addresses.join(', ')}${asked}${secure}${issue}`;
}

function recordFaults(report: DnsCheckReport, zone: ResolverReport | undefined): Fault[] {
  const faults: Fault[] = [];
  // The zone itself first: what a resolver says about a name that the zone has otherwise is old.
  const views = zone ? [zone, ...report.resolvers.filter((each) => each !== zone)] : report.resolvers;
  const seen = new Set<string>();
  const somebodyAnswered = views.some(({ verdict }) => verdict !== 'transient');
  for (const view of views) {
    for (const name of view.names) {
      if (name.verdict === 'ok' && name.error === null) continue;
      const fault = name.verdict === 'ok' ? halfAnswered(name, view) : faultOf(name, view, report, zone);
      const known = `${fault.fault} ${name.name}`;
      const same = faults.find(
        ({ fault: other, facts }) => other === fault.fault && facts?.['target'] === fault.facts?.['target'],
      );
      if (seen.has(known)) continue;
      seen.add(known);
      if (fault.fault === 'zone-unseen' && !somebodyAnswered) continue;
      if (same) same.evidence = [...new Set([...same.evidence, ...fault.evidence])];
      else faults.push(fault);
    }
  }
  return faults;
}

function faultOf(
  name: NameReport,
  view: ResolverReport,
  report: DnsCheckReport,
  zone: ResolverReport | undefined,
): Fault {
  const facts = { name: name.name, resolver: view.resolver };
  const by = report.resolvers.length > 1 ? ` (${view.resolver})` : '';
  if (name.blocked.length > 0) {
    const told = name.blocked.map(({ address, range }) => `${address} (${range})`).join(', ');
    const address = name.blocked.map(({ address }) => address).join(', ');
    return {
      fault: 'private-address',
      code: 'check.dns',
      evidence: [`${name.name} has ${told}${by}`],
      facts: { ...facts, address },
    };
  }
  if (name.verdict === 'transient') {
    const others = report.resolvers.filter((each) => each !== view && each !== zone);
    const isFound = others.some(({ names }) => names.some((one) => one.name === name.name && one.status === 'found'));
    return failedLookup(name, view, { by, facts, isFound });
  }
  const inZone = zone?.names.find((other) => other.name === name.name);
  if (view !== zone && inZone?.verdict === 'ok') return oldAnswer(name, view, inZone, facts);
  const target = name.chain.at(-1);
  if (name.verdict === 'nodns') {
    if (target === undefined) {
      const what = name.status === 'nxdomain' ? 'does not exist' : 'has no A, AAAA or CNAME record';
      return { fault: 'no-record', code: 'check.dns', evidence: [`${name.name} ${what}${by}`], facts };
    }
    const evidence = [`${name.name} is an alias of ${target}, which has no address${by}`];
    return { fault: 'cname-nowhere', code: 'check.dns', evidence, facts: { ...facts, target } };
  }
  return elsewhere(name, report, by, facts);
}

/** One type of record can't be looked up, and the other one leads to the server. */
function halfAnswered({ name, error }: NameReport, { resolver }: ResolverReport): Fault {
  const { code = 'dns.servfail', message = `${name} could not be looked up` } = error ?? {};
  return { fault: 'half-answered', code, evidence: [`${message} (${resolver})`], facts: { name, resolver } };
}

/** A resolver that has another answer than the zone. */
function oldAnswer(name: NameReport, view: ResolverReport, inZone: NameReport, facts: Record<string, string>): Fault {
  const has = name.addresses.join(', ') || 'no record';
  const evidence = [`${view.resolver} has ${has} for ${name.name}, and the zone has ${inZone.addresses.join(', ')}`];
  return { fault: 'stale-resolver', code: 'check.dns', evidence, facts };
}

/** @param place.isFound another resolver has found the name */
function failedLookup(
  name: NameReport,
  view: ResolverReport,
  { by, facts, isFound }: { by: string; facts: Record<string, string>; isFound: boolean },
): Fault {
  const code = name.error?.code ?? 'dns.servfail';
  const told = name.error?.message ?? `${name.name} could not be looked up${by}`;
  const isWalk = view.resolver === 'authoritative';
  if (isWalk && lookupFault(code) === 'resolver-silent') return { fault: 'zone-unseen', code, evidence: [told], facts };
  return { fault: isFound && !isWalk ? 'resolver-fails' : lookupFault(code), code, evidence: [told], facts };
}

function elsewhere(name: NameReport, report: DnsCheckReport, by: string, facts: Record<string, string>): Fault {
  const leads = `leads to ${name.addresses.join(', ')}`;
  const target = name.chain.at(-1);
  if (report.expected.length === 0) {
    const api = report.resolvers[0]?.names.find(({ purpose }) => purpose === 'api')?.addresses.join(', ');
    const evidence = [`${name.name} ${leads}${by}`, `cl-o.${report.idTag} leads to ${api}`];
    return { fault: 'names-differ', code: 'check.dns', evidence, facts };
  }
  const evidence = [`${name.name} ${leads}, not to ${report.expected.join(' or ')}${by}`];
  if (target === undefined) return { fault: 'wrong-address', code: 'check.dns', evidence, facts };
  evidence.unshift(`${name.name} is an alias of ${target}`);
  return { fault: 'cname-elsewhere', code: 'check.dns', evidence, facts: { ...facts, target } };
}

/** Name servers that do not do their part, where another one of the zone did. */
function lameFaults(zone: ResolverReport | undefined): Fault[] {
  if (!zone || zone.names.every(({ status }) => status === 'failed')) return [];
  const told = zone.lame.map(
    ({ zone, host, address, reason }) => `${host} (${address || 'no address'}) of ${zone}: ${reason}`,
  );
  if (told.length === 0) return [];
  return [{ fault: 'lame-server', code: 'dns.lame', evidence: [...new Set(told)] }];
}

function caaFaults({ resolvers }: DnsCheckReport): Fault[] {
  const [failed] = resolvers.flatMap(({ names }) => names.flatMap(({ caa }) => caa?.error ?? []));
  return failed ? [{ fault: 'caa-unreadable', code: failed.code, evidence: [failed.message] }] : [];
}
