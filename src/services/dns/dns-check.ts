/** Checks that the names of an identity lead to its server. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerFailure } from '../../federation/dns/server-failure.ts';
import type { Network } from '../../federation/http/network.ts';
import type { Clock } from '../../protocol/clock.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { idTagToAscii } from '../../protocol/id-tag.ts';
import { NOBODY, type Observer, observed } from '../../protocol/observer.ts';
import type { Emit } from '../runtime/deps.ts';
import { nextPause } from '../runtime/next-pause.ts';
import { type CaaFacts, caaClimber } from './caa.ts';
import type { HostTarget } from './host.ts';
import { type NameFacts, nameFacts } from './name-facts.ts';
import { type Asked, type DnsCheckInput, type Plan, planOf } from './plan.ts';
import {
  addressSignature,
  type BlockedAddress,
  blockedAddresses,
  type DnsVerdict,
  judge,
  type Signature,
  shareServer,
  signatureOf,
  strayAddresses,
  worstVerdict,
} from './verdict.ts';
import { type ZoneChange, zoneChange } from './zone-change.ts';

/** A name as one resolver sees it. */
export interface NameReport extends NameFacts {
  purpose: 'api' | 'app';
  verdict: DnsVerdict;
  /** Addresses that belong to no expected server. */
  stray: string[];
  /** Addresses that no peer connects to; with one of them the verdict is `address`. */
  blocked: BlockedAddress[];
  caa: CaaFacts | null;
}

/** The view of one resolver. */
export interface ResolverReport {
  resolver: string;
  verdict: DnsVerdict;
  names: NameReport[];
  /** Whether both names lead to one server; null when that is unknown. */
  sameServer: boolean | null;
  /** Name servers that failed to answer on the walk from the root. */
  lame: ServerFailure[];
}

/** The report of a check. */
export interface DnsCheckReport {
  idTag: string;
  appDomain: string;
  /** The expected addresses and names. Empty: the names were compared with each other. */
  expected: string[];
  /** Of the expected addresses those that no peer connects to. */
  blocked: BlockedAddress[];
  verdict: DnsVerdict;
  resolvers: ResolverReport[];
  records: ZoneChange;
}

/** The parts that a check needs. */
export interface DnsCheckDeps {
  network: Network;
  clock: Clock;
  /** Gets a span for each resolver, with its questions. */
  observer?: Observer | undefined;
}

/**
 * Checks that `cl-o.<idTag>` and the app domain reach the server (specification: DNS). Failed lookups are part of the
 * report.
 * @throws CloudilloError `usage.id-tag`, `usage.expect`, `usage.app-domain`, `usage.zone`, `usage.resolver`;
 * `wait.timeout` with the last report in `details.report`
 */
export async function checkDns(
  deps: DnsCheckDeps,
  input: DnsCheckInput,
  emit: Emit = () => {},
): Promise<DnsCheckReport> {
  const { observer = NOBODY } = deps;
  const plan = planOf(deps.network, input, observer);
  const endsAt = deps.clock.monotonic() + (input.wait ?? 0);
  for (let pause = nextPause(); ; pause = nextPause(pause)) {
    const report = await look(plan, emit, observer);
    if (report.verdict === 'ok' || input.wait === undefined) return report;
    const left = endsAt - deps.clock.monotonic();
    if (left <= 0) throw tooLate(report, input.wait);
    const rest = Math.min(pause, left);
    emit({
      stage: 'wait',
      status: 'start',
      detail: `${report.verdict}; checking again in ${Math.ceil(rest / 1000)} s`,
    });
    await observed(observer, 'pause', () => sleep(rest));
  }
}

async function look(plan: Plan, emit: Emit, observer: Observer): Promise<DnsCheckReport> {
  const looks = await Promise.all(
    plan.resolvers().map((asked) =>
      observed(observer, 'resolver', (span) => {
        span?.fact('cloudillo.resolver', asked.resolver.label);
        return lookWith(asked, plan, emit);
      }),
    ),
  );
  const reports = looks.map(({ report }) => report);
  return {
    idTag: plan.idTag,
    appDomain: plan.names.at(-1)?.name ?? plan.idTag,
    expected: plan.targets.map(({ value }) => value),
    blocked: blockedTargets(plan),
    verdict: worstVerdict(reports.map(({ verdict }) => verdict)),
    resolvers: reports,
    records: changeOf(
      plan,
      reports,
      looks.flatMap(({ flattened }) => flattened),
    ),
  };
}

function blockedTargets({ idTag, targets, blocked }: Plan): BlockedAddress[] {
  return targets.flatMap(({ kind, value }) => {
    const range = kind === 'address' ? blocked(idTagToAscii(idTag), value) : null;
    return range === null ? [] : [{ address: value, range }];
  });
}

async function lookWith(
  { resolver, caa: withCaa }: Asked,
  { names, targets, blocked: blockedOf }: Plan,
  emit: Emit,
): Promise<{ report: ResolverReport; flattened: string[] }> {
  const start = performance.now();
  emit({ stage: resolver.label, status: 'start' });
  const caaOf = caaClimber(resolver);
  const expectedNames = targets.filter(({ kind }) => kind === 'name');
  const [facts, hosts] = await Promise.all([
    Promise.all(names.map(({ name }) => nameFacts(resolver, name))),
    Promise.all(expectedNames.map(({ value }) => nameFacts(resolver, value))),
  ]);
  const literals = targets.filter(({ kind }) => kind === 'address').map(({ value }) => addressSignature(value));
  const expected = [...literals, ...hosts.map(signatureOf)];
  const caa = await Promise.all(facts.map((one) => (withCaa && one.status === 'found' ? caaOf(one.name) : null)));
  const reports = names.map(({ purpose }, i): NameReport => {
    const own = facts[i] as NameFacts;
    const wanted = expectedFor(i, facts, expected);
    const stray = strayAddresses(own, wanted);
    const blocked = blockedAddresses(own, blockedOf);
    const verdict = worstVerdict([judge(own, wanted), ...(blocked.length > 0 ? (['address'] as const) : [])]);
    return { ...own, purpose, verdict, stray, blocked, caa: caa[i] ?? null };
  });
  const verdict = worstVerdict(reports.map((report) => report.verdict));
  emit({ stage: resolver.label, status: 'done', ms: Math.round(performance.now() - start), detail: verdict });
  const lame = 'failures' in resolver ? [...resolver.failures] : [];
  return {
    report: { resolver: resolver.label, verdict, names: reports, sameServer: sameServer(facts), lame },
    flattened: hosts.flatMap(({ addresses }) => addresses),
  };
}

/** When nothing is expected, the app domain must lead where the API host leads. */
function expectedFor(index: number, facts: readonly NameFacts[], expected: readonly Signature[]): readonly Signature[] {
  const api = facts[0];
  if (expected.length > 0 || index === 0 || !api || api.addresses.length === 0) return expected;
  return [signatureOf(api)];
}

function sameServer(facts: readonly NameFacts[]): boolean | null {
  const [api, app] = facts;
  if (!api || !app) return true;
  if (api.status !== 'found' || app.status !== 'found') return null;
  return shareServer(signatureOf(api), signatureOf(app));
}

/** The changes, based on the last resolver: with `--authoritative` it is the zone itself, not a cache. */
function changeOf(plan: Plan, reports: readonly ResolverReport[], flattened: readonly string[]): ZoneChange {
  const names = reports.findLast(({ names }) => names.some(({ verdict }) => verdict !== 'transient'))?.names ?? [];
  // The server's address is not given, but one of the two names leads to a server. The other name should lead to the
  // same one.
  const known = names.find(({ verdict }) => verdict === 'ok')?.addresses ?? [];
  const found = known.map((value): HostTarget => ({ kind: 'address', value }));
  // A record with an address that no peer connects to mends nothing.
  const useful = ({ kind, value }: HostTarget) =>
    kind === 'name' || plan.blocked(idTagToAscii(plan.idTag), value) === null;
  const targets = [plan.targets, found, plan.guesses].find((list) => list.length > 0)?.filter(useful) ?? [];
  return zoneChange(names, targets, { zone: plan.zone, flattened: [...new Set(flattened)] });
}

function tooLate(report: DnsCheckReport, wait: number): CloudilloError {
  return new CloudilloError(
    'wait.timeout',
    `${report.idTag} was not right after ${Math.round(wait / 1000)} s: ${report.verdict}`,
    {
      stage: 'dns',
      hint: 'A cache keeps an old answer for its TTL: --authoritative asks the zone itself. Or wait longer: --wait 1h.',
      details: { report },
    },
  );
}
