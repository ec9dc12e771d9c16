/** The checks of a smoke test. */
import type { AddressProbe } from '../../federation/http/probe-addresses.ts';
import type { TlsFacts } from '../../federation/http/tls-facts.ts';
import { type Check, fail, pass } from '../../protocol/check.ts';
import { durationText } from '../../protocol/duration.ts';
import { isoTime } from '../../protocol/iso-time.ts';
import type { DnsCheckReport } from '../dns/dns-check.ts';
import type { KeyReport } from '../inspect/fetch-profile.ts';

/** The checks, in the order of the report. */
export const SMOKE_CHECK_IDS = ['dns', 'tls', 'profile', 'keys', 'caching', 'app-domain', 'errors', 'access'] as const;

/** The name of a check. */
export type SmokeCheckId = (typeof SMOKE_CHECK_IDS)[number];

const DAY = 86_400;

/** Checks that both names lead to one server. A failed lookup proves nothing: the check has the code of the lookup then. */
export function namesCheck({ verdict, resolvers, idTag, appDomain }: DnsCheckReport): Check<'dns'> {
  const names = resolvers.flatMap((resolver) => resolver.names);
  if (verdict === 'ok') {
    const addresses = [...new Set(names.flatMap((name) => name.addresses))];
    return pass('dns', `cl-o.${idTag} and ${appDomain} lead to ${addresses.join(', ')}`);
  }
  const failed = names.find((name) => name.verdict === 'transient')?.error;
  if (verdict === 'transient' && failed) return fail('dns', failed.code, failed.message);
  const wrong = names.filter((name) => name.verdict === verdict).map(({ name }) => name);
  const blocked = names.flatMap((name) => name.blocked.map(({ address, range }) => `${address} (${range})`));
  if (blocked.length > 0) {
    return fail('dns', 'check.dns', `${wrong.join(' and ')}: no peer connects to ${[...new Set(blocked)].join(', ')}`);
  }
  const problem = verdict === 'nodns' ? 'no record' : 'another server';
  return fail('dns', 'check.dns', `${wrong.join(' and ')}: ${problem}`);
}

/** Checks that the certificate stays valid for long enough. @param minValidity milliseconds @param now unix seconds */
export function certificateCheck(tls: TlsFacts | null, minValidity: number, now: number): Check<'tls'> {
  if (!tls) return fail('tls', 'check.certificate', 'none was shown');
  const { protocol, issuer, validTo } = tls;
  const days = daysLeft(validTo, now);
  const told = `${protocol}, issued by ${issuer}, until ${isoTime(Date.parse(validTo) / 1000)} (in ${days} days)`;
  if (isGoodFor(validTo, now, minValidity)) return pass('tls', told);
  return fail('tls', 'check.certificate', `${told}; at least ${durationText(minValidity)} is asked for`);
}

/**
 * Checks that each of the host's addresses answers, with a certificate that stays valid for long enough. Peers use any of them.
 * An address that this machine has no route to is reported, and fails nothing.
 * @param minValidity milliseconds @param now unix seconds
 */
export function addressesCheck<Id extends string>(
  { id, reason = '' }: Check<Id>,
  probes: readonly AddressProbe[],
  minValidity: number,
  now: number,
): Check<Id> {
  const dead = probes.filter(({ outcome, ours }) => outcome !== 'connected' && !ours);
  const [first] = dead;
  if (first) {
    const others = probes.length - dead.length;
    const told = dead.map(({ address, reason }) => `${address} ${reason}`).join(', ');
    return fail(id, first.code ?? 'network.unreachable', `${told}; ${others} of ${probes.length} addresses answer`);
  }
  for (const { address, tls } of probes.filter(({ tls }) => tls !== null)) {
    const certificate = certificateCheck(tls, minValidity, now);
    if (certificate.status === 'fail') return fail(id, 'check.certificate', `${address}: ${certificate.reason}`);
  }
  const untried = probes.filter(({ ours }) => ours).map(({ address, reason }) => `${address} ${reason}`);
  const note = untried.length > 0 ? `; not tried: ${untried.join(', ')}` : '';
  return pass(id, `${reason}, at each of ${probes.length - untried.length} addresses${note}`);
}

/**
 * Checks that all keys are usable, and that one of them stays valid for long enough. @param minValidity milliseconds @param now
 * unix seconds
 */
export function keysCheck(keys: readonly KeyReport[], minValidity: number, now: number): Check<'keys'> {
  const broken = keys.find(({ usable }) => !usable);
  if (broken) return fail('keys', 'check.keys', `key ${broken.keyId}: ${broken.problem?.reason ?? 'not usable'}`);
  const last = keys.filter(({ expired }) => !expired).sort((a, b) => endOf(b) - endOf(a))[0];
  if (!last) return fail('keys', 'check.keys', keys.length === 0 ? 'none is published' : 'all of them have expired');
  if (last.expiresAt === null) return pass('keys', `${last.keyId} signs, no expiry`);
  const days = daysLeft(last.expiresAt, now);
  const told = `${last.keyId} signs until ${last.expiresAt} (in ${days} days)`;
  if (isGoodFor(last.expiresAt, now, minValidity)) return pass('keys', told);
  return fail('keys', 'check.keys', `${told}; at least ${durationText(minValidity)} is asked for`);
}

/** Checks that `/.well-known/cloudillo/id-tag` names the identity. */
export function appDomainCheck(answer: unknown, idTag: string, appDomain: string): Check<'app-domain'> {
  const named = (answer as { idTag?: unknown } | null)?.idTag;
  if (named === idTag) return pass('app-domain', `${appDomain} names ${idTag}`);
  const found = typeof named === 'string' ? `names ${named}` : 'names no identity';
  return fail('app-domain', 'check.app-domain', `${appDomain} ${found}`);
}

/** Checks that a missing resource is answered in the error form (specification: Envelope and errors). */
export function errorsCheck(status: number, answer: unknown): Check<'errors'> {
  const code = (answer as { error?: { code?: unknown } } | null)?.error?.code;
  const isForm = typeof code === 'string' && code.startsWith('E-');
  const told = `what isn't there is answered ${status}${isForm ? ` ${code}` : ', not in the error form'}`;
  return status === 404 && isForm ? pass('errors', told) : fail('errors', 'check.errors', told);
}

function endOf({ expiresAt }: KeyReport): number {
  return expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
}

function isGoodFor(iso: string, now: number, milliseconds: number): boolean {
  return Date.parse(iso) - now * 1000 >= milliseconds;
}

function daysLeft(iso: string, now: number): number {
  return Math.floor((Date.parse(iso) / 1000 - now) / DAY);
}
