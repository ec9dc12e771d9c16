/** Smoke test: asks an instance the requests that its peers send. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptReport } from '../../federation/http/address-attempt.ts';
import type { Network } from '../../federation/http/network.ts';
import { type AddressProbe, probeAddresses } from '../../federation/http/probe-addresses.ts';
import type { Requester } from '../../federation/http/request.ts';
import type { PeerApi } from '../../federation/peer/api.ts';
import { peerUrl } from '../../federation/peer/peer-url.ts';
import type { FetchedProfile } from '../../federation/peer/profile-api.ts';
import { type Check, fail, pass, skip } from '../../protocol/check.ts';
import type { Clock } from '../../protocol/clock.ts';
import { isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { apiHost, idTagToAscii } from '../../protocol/id-tag.ts';
import { checkDns } from '../dns/dns-check.ts';
import { profileReport } from '../inspect/fetch-profile.ts';
import { nextPause } from '../runtime/next-pause.ts';
import {
  addressesCheck,
  appDomainCheck,
  certificateCheck,
  errorsCheck,
  keysCheck,
  namesCheck,
  SMOKE_CHECK_IDS,
  type SmokeCheckId,
} from './checks.ts';

/** A check with its duration, in milliseconds. */
export type SmokeCheck = Check<SmokeCheckId> & {
  ms: number;
  /** What each address answered, where the name has several. */
  addresses?: AttemptReport[];
};

/** The report of a smoke test. */
export interface SmokeReport {
  idTag: string;
  /** Whether no check failed. */
  passed: boolean;
  /** The duration of the last round, milliseconds. */
  ms: number;
  /** One entry for each of `SMOKE_CHECK_IDS`, in that order. */
  checks: SmokeCheck[];
}

/** How the test signs in at the instance. */
export interface SignIn {
  /** The tenant that signs in. */
  as: string;
  /** Makes a call with an access token of the peer. It throws what getting the token and the call throw. */
  ask(peer: string, call: (bearer?: string) => Promise<unknown>): Promise<unknown>;
}

/** The parts of one round. They remember nothing of an earlier round: a resumed TLS session shows no certificate. */
export interface SmokeTestDeps {
  network: Network;
  requester: Requester;
  api: Pick<PeerApi, 'fetchProfile'>;
  /** How to sign in; null when no tenant signs in. */
  signIn: SignIn | null;
  /** The clocks of the home. */
  clock: Clock;
  close(): Promise<void>;
}

/** The instance to test, and the conditions. */
export interface SmokeTestInput {
  idTag: string;
  appDomain?: string | undefined;
  /** How long certificate and key have to stay valid, milliseconds. */
  minValidity: number;
  /** Repeat until all checks pass, for at most this long, milliseconds. */
  wait?: number | undefined;
}

/** Areas of error codes that concern the peer or the way to it. A failure on this side is no verdict on the instance. */
const ABOUT_THE_PEER = ['dns', 'network', 'tls', 'peer', 'auth', 'permission', 'rate'] as const;
/** An ID that no action has: nobody knows bytes with this hash. */
const NO_ACTION = `a1~${'A'.repeat(43)}`;

/**
 * Sends an instance the requests of its peers. Their failures are part of the report.
 * @param open called once a round
 * @throws CloudilloError `usage.*`; with `signIn` also `home.*`, `identity.missing`, `key.*`
 */
export async function smokeTest(open: () => Promise<SmokeTestDeps>, input: SmokeTestInput): Promise<SmokeReport> {
  const endsAt = performance.now() + (input.wait ?? 0);
  for (let pause = nextPause(); ; pause = nextPause(pause)) {
    const deps = await open();
    const report = await look(deps, input).finally(deps.close);
    const left = endsAt - performance.now();
    if (report.passed || left <= 0) return report;
    await sleep(Math.min(pause, left));
  }
}

async function look(deps: SmokeTestDeps, input: SmokeTestInput): Promise<SmokeReport> {
  const start = performance.now();
  const [dns, rest] = await Promise.all([checkNames(deps, input), checkServer(deps, input)]);
  const made = [dns, ...rest];
  const checks = SMOKE_CHECK_IDS.map((id) => made.find((check) => check.id === id) as SmokeCheck);
  const passed = checks.every(({ status }) => status !== 'fail');
  return { idTag: input.idTag, passed, ms: since(start), checks };
}

function checkNames({ network, clock }: SmokeTestDeps, { idTag, appDomain }: SmokeTestInput): Promise<SmokeCheck> {
  return timed('dns', async () => namesCheck(await checkDns({ network, clock }, { idTag, appDomain })));
}

async function checkServer(deps: SmokeTestDeps, input: SmokeTestInput): Promise<SmokeCheck[]> {
  const { idTag } = input;
  let fetched: FetchedProfile | undefined;
  const profile = await timed('profile', async () => {
    fetched = await deps.api.fetchProfile(idTag);
    const { name, type } = fetched.profile;
    return pass('profile', `${name} (${type})`);
  });
  if (!fetched) return unreached(profile);
  const now = deps.clock.wall() / 1000;
  const { keys, tls } = profileReport(fetched, deps.clock.wall());
  const certificate = { ...certificateCheck(tls, input.minValidity, now), ms: profile.ms };
  const every = (host: string, check: SmokeCheck) => eachAddress(deps, host, check, input.minValidity);
  const others = await Promise.all([
    timed('caching', () => cachingCheck(deps, idTag, fetched?.etag ?? null)),
    every(apiHost(idTag), certificate),
    timed('app-domain', () => askAppDomain(deps, input)).then((check) => every(appHost(input), check)),
    timed('errors', () => askForNothing(deps, idTag)),
    timed('access', () => accessCheck(deps, idTag)),
  ]);
  return [profile, { ...keysCheck(keys, input.minValidity, now), ms: 0 }, ...others];
}

/**
 * The report when there is no profile. The other requests would fail for the same reason. A certificate error is reported by the
 * check `tls`.
 */
function unreached(profile: SmokeCheck): SmokeCheck[] {
  const isTls = profile.code !== undefined && isCodeOf(profile.code, 'tls');
  const told = { ...profile, id: isTls ? 'tls' : 'profile' } as const;
  const connected = profile.code !== undefined && isCodeOf(profile.code, 'peer');
  const reason = connected ? 'there is no profile' : 'there was no connection';
  const others = SMOKE_CHECK_IDS.filter((id) => id !== 'dns' && id !== told.id);
  return [told, ...others.map((id) => ({ ...skip(id, reason), ms: 0 }))];
}

async function cachingCheck({ api }: SmokeTestDeps, idTag: string, etag: string | null): Promise<Check<'caching'>> {
  if (etag === null) return fail('caching', 'check.caching', 'the profile has no ETag');
  const { notModified } = await api.fetchProfile(idTag, { etag });
  if (notModified) return pass('caching', 'the profile has an ETag, and asking with it is answered 304');
  return fail('caching', 'check.caching', `asking with the profile's ETag ${etag} is answered with all of it`);
}

async function askAppDomain({ requester }: SmokeTestDeps, input: SmokeTestInput) {
  const answer = await requester.get(`https://${appHost(input)}/.well-known/cloudillo/id-tag`);
  return appDomainCheck(answer.json(), input.idTag, input.appDomain ?? input.idTag);
}

function appHost({ idTag, appDomain = idTag }: SmokeTestInput): string {
  return idTagToAscii(appDomain);
}

/** A check that passed over whichever address answered first, made of all of them. With a single one there is no other. */
async function eachAddress(
  { network, requester, clock }: SmokeTestDeps,
  host: string,
  check: SmokeCheck,
  minValidity: number,
): Promise<SmokeCheck> {
  if (check.status !== 'pass') return check;
  let probes: AddressProbe[] = [];
  const judged = await timed(check.id, async () => {
    probes = await probeAddresses(network, host, requester.timeout);
    return probes.length < 2 ? check : addressesCheck(check, probes, minValidity, clock.wall() / 1000);
  });
  const ms = check.ms + judged.ms;
  return { ...judged, ms, ...(probes.length > 1 && { addresses: probes.map(({ tls, ...probe }) => probe) }) };
}

async function askForNothing({ requester }: SmokeTestDeps, idTag: string): Promise<Check<'errors'>> {
  const url = peerUrl(idTag, `/api/actions/${NO_ACTION}`);
  const answer = await requester.get(url, { expect: [200, 400, 401, 403, 404], retryPolicy: null });
  return errorsCheck(answer.status, answer.json());
}

async function accessCheck({ signIn, requester }: SmokeTestDeps, idTag: string): Promise<Check<'access'>> {
  if (!signIn) return skip('access', 'not signed in; sign in with --as IDTAG');
  await signIn.ask(idTag, (bearer) =>
    requester.get(peerUrl(idTag, '/api/actions', { limit: 1 }), { ...(bearer !== undefined && { bearer }) }),
  );
  return pass('access', `${signIn.as} was let in`);
}

async function timed<Id extends SmokeCheckId>(id: Id, check: () => Promise<Check<Id>>): Promise<SmokeCheck> {
  const start = performance.now();
  try {
    return { ...(await check()), ms: since(start) };
  } catch (error) {
    if (!(error instanceof CloudilloError) || !isCodeOf(error.code, ...ABOUT_THE_PEER)) throw error;
    return { ...fail(id, error.code, error.message), ms: since(start) };
  }
}

function since(start: number): number {
  return Math.round(performance.now() - start);
}
