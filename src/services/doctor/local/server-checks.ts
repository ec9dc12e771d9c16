/** Checks of a running server from inside: its workers, its deliveries, and whether the network reaches its tenants. */
import { answeredBy } from '../../../federation/http/answered-by.ts';
import { clockAhead } from '../../../federation/http/clock-difference.ts';
import { createRequester } from '../../../federation/http/request.ts';
import { peerUrl } from '../../../federation/peer/peer-url.ts';
import { isCodeOf } from '../../../protocol/error-table.ts';
import { apiHost, isCanonicalIdTag } from '../../../protocol/id-tag.ts';
import type { StoredError } from '../../../store/model/stored-error.ts';
import { unpublishedKey } from '../../keys/own-keys.ts';
import { examinePeer, type PeerExamination } from '../examine-peer.ts';
import { type Fault, ill, type Outcome, type Skipped, well } from '../finding.ts';
import { faultsOf } from './home-checks.ts';
import type { HomeLook } from './home-look.ts';

/** The most tenants that are examined from outside, and the most peers that are asked for the time. */
const MOST_TENANTS = 8;
const MOST_WITNESSES = 3;
/** A token may be issued so far in the future, seconds (specification: Verification). */
const BORNE = 300;
const HOUR = 3_600_000;
const LATELY = 15 * 60_000;
const MOST_FAILURES = 20;
/** Milliseconds by which the rounded time of a note may be early. */
const ROUNDED = 2;
/** After so long a peer bans nobody any more, and demands no work: ten letters, one less an hour (specification: Proof of work). */
const FORGIVEN = 10 * HOUR;

/** The server: whether one runs, with its workers and its log. */
export async function serverCheck({ status }: HomeLook): Promise<Outcome> {
  const { server, workers, problems } = status;
  const faults = faultsOf(problems, {
    'server.stopped': 'server-stopped',
    'server.log': 'log-full',
    'server.worker': 'worker-failed',
  });
  const told = server ? `${server.url}, up for ${server.uptimeSeconds} s, ${workers.length} workers` : 'none runs';
  return { ...well(told), faults };
}

/** The queue: what waits, and for whom. */
export async function queueCheck({ status, deps }: HomeLook): Promise<Outcome> {
  const { queued, failing } = status.queue;
  const now = deps.clock.wall();
  const stuck = failing.filter(({ since, unreachable }) => unreachable || now - Date.parse(since) >= HOUR);
  const faults = stuck.map(({ peer, since, attempts, message, code, nextAt }): Fault => {
    const waiting = deps.store.deliveriesWaitingFor(peer, now).length;
    const evidence = [
      `${peer} fails since ${since}, attempts: ${attempts}, next ${nextAt}; deliveries that wait for it: ${waiting}`,
      `${code}: ${message}`,
    ];
    return { fault: 'queue-stuck', code: 'check.home', evidence, facts: { peer } };
  });
  if (faults.length === 0) faults.push(...faultsOf(status.problems, { 'queue.waiting': 'queue-waits' }));
  return {
    ...well(`deliveries that wait: ${queued}`),
    faults: [...faults, ...demanded(lately(deps.store, now))],
  };
}

/** What a peer said when it refused something. */
interface SaidNo {
  to: string;
  error: Pick<StoredError, 'code' | 'message' | 'facts'> | null;
}

/** The refusals that may still hold: a delivery that a ban ended waits for the end of it, with its circuit open. */
function lately(store: HomeLook['deps']['store'], now: number): SaidNo[] {
  const waiting = store.openCircuits(MOST_FAILURES).map(({ peer, error }) => ({ to: peer, error }));
  return [...waiting, ...store.failedDeliveries(MOST_FAILURES).filter(({ at }) => now - at < FORGIVEN)];
}

/** Bans, and demands of proof of work. */
function demanded(failed: readonly SaidNo[]): Fault[] {
  const faults = new Map<string, Fault>();
  for (const { to, error } of failed) {
    const evidence = [`${to}: ${error?.message}`];
    const facts = { peer: to, host: to };
    const { work, peerCode } = error?.facts ?? {};
    if (error?.code === 'check.work' || work !== undefined) {
      faults.set(`work ${to}`, { fault: 'work-demanded', code: 'check.work', evidence, facts });
    }
    if (peerCode === 'E-RATE-BANNED')
      faults.set(`ban ${to}`, { fault: 'banned', code: 'peer.refused', evidence, facts });
  }
  return [...faults.values()];
}

/** The clock: peers say what time it is. */
export async function homeClockCheck({ deps, status }: HomeLook): Promise<Outcome | Skipped> {
  const peers = [
    ...new Set(
      status.identities.flatMap(({ idTag }) => [...deps.store.currentRelations(idTag)].map(({ peer }) => peer)),
    ),
  ];
  const hosted = new Set(status.identities.map(({ idTag }) => idTag));
  const parked = await issuersWithoutKeys(deps);
  const asked = [...new Set([...parked.keys(), ...peers])].filter((peer) => !hosted.has(peer)).slice(0, MOST_WITNESSES);
  const said = await Promise.all(asked.map((peer) => timeOf(deps, peer)));
  const heard = said.flatMap((one) => one ?? []);
  if (heard.length === 0 && parked.size > 0) {
    const evidence = Array.from(parked, ([issuer, why]) => `the key of ${issuer} can't be fetched: ${why}`);
    return ill('egress', 'check.home', [...evidence, `no peer answered: ${asked.join(', ')}`]);
  }
  if (heard.length === 0) return { skipped: asked.length === 0 ? 'there is no peer to ask' : 'no peer answered' };
  const off = heard.filter(({ ahead }) => Math.abs(ahead) >= BORNE);
  const evidence = heard.map(({ peer, ahead }) =>
    ahead === 0
      ? `the clock of ${peer} agrees`
      : `the clock here is ${Math.abs(ahead)} s ${ahead > 0 ? 'ahead of' : 'behind'} that of ${peer}`,
  );
  // One that is off alone is a matter of that peer.
  if (off.length === 0 || off.length * 2 <= heard.length) return well(evidence.join(', '));
  const ahead = (off[0]?.ahead ?? 0) > 0;
  if (heard.length === 1) return { faults: [{ fault: 'clocks-differ', code: 'check.clock', evidence }] };
  return { faults: [{ fault: ahead ? 'clock-ahead' : 'clock-behind', code: 'check.clock', evidence }] };
}

/** The issuers whose keys could not be fetched lately because of the network, each with the reason. */
async function issuersWithoutKeys({ arrivals, clock }: HomeLook['deps']): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { at, ms, refusal, issuer } of arrivals.newestRefusals()) {
    if (at + ms < clock.wall() - LATELY) break;
    if (!refusal || !isCodeOf(refusal.code, 'dns', 'network') || refusal.check !== 'key') continue;
    if (issuer === null || !isCanonicalIdTag(issuer) || found.has(issuer)) continue;
    found.set(issuer, `${refusal.code}: ${refusal.message}`);
    if (found.size === MOST_WITNESSES) break;
  }
  return found;
}

async function timeOf(deps: HomeLook['deps'], peer: string): Promise<{ peer: string; ahead: number } | null> {
  try {
    const { headers } = await deps.requester.get(peerUrl(peer, '/api/me'), { retryPolicy: null });
    const date = headers['date'];
    return date === undefined ? null : { peer, ahead: clockAhead(date, deps.clock.wall()) ?? 0 };
  } catch {
    // Whether it can be reached is another question.
    return null;
  }
}

/** Whether the network reaches the tenants: the checks of `doctor IDTAG` for each. */
export async function reachCheck({ status, deps, minValidity }: HomeLook): Promise<Outcome | Skipped> {
  const { network, clock, settings, observer } = deps;
  if (network.kind === 'unusable') return { skipped: 'not made: see home', stoppedBy: 'home' };
  const asked = status.identities.slice(0, MOST_TENANTS);
  const began = clock.wall();
  const found = await Promise.all(
    asked.map(({ idTag }) => {
      const open = async () => {
        const { timeout } = settings.request;
        const requester = createRequester({ network, timeout, clock: clock.wall, observer });
        return { network, requester, signIn: null, clock, observer, close: async () => requester.close() };
      };
      return examinePeer(open, { idTag, minValidity });
    }),
  );
  const faults = found.flatMap(({ idTag, findings }) =>
    findings
      // Both clocks are one. Those of others tell.
      .filter(({ check }) => check !== 'clock')
      .map(({ fault, code, evidence }): Fault => {
        const texts = evidence.map((text) => `${idTag}: ${text}`);
        return atHome(deps, { fault, code, evidence: texts, facts: { idTag, host: `cl-o.${idTag}` } });
      }),
  );
  const elsewhere = await answeredElsewhere(deps, found, began);
  return {
    ...well(`${asked.map(({ idTag }) => idTag).join(', ')}: reached from here as peers do`),
    faults: [...elsewhere, ...faults],
  };
}

/** What a fault of any instance is, where the server is our own. */
function atHome({ server }: HomeLook['deps'], fault: Fault): Fault {
  // It costs, and nothing that breaks follows from it.
  if (fault.fault === 'no-cache') return { ...fault, fault: 'profile-uncached' };
  if (!server.facts) return fault;
  if (fault.fault === 'bearer-ignored') return { ...fault, fault: 'authorization-dropped' };
  const [ban] = fault.fault === 'banned' ? (server.addresses?.bans() ?? []) : [];
  if (!ban) return fault;
  const evidence = [`${ban.address} is banned, from which requests to the public name come`, ...fault.evidence];
  const facts = { ...fault.facts, address: ban.address };
  return { fault: 'shared-address-banned', code: 'rate.banned', evidence, facts };
}

/**
 * The tenants for which an inbox has taken the probe that is not the one of this server: it notes each probe. Whoever answers has the same
 * keys, so that nothing else tells it from this server.
 */
async function answeredElsewhere(
  { server, arrivals }: HomeLook['deps'],
  found: readonly PeerExamination[],
  began: number,
): Promise<Fault[]> {
  if (!server.facts) return [];
  const seen = new Set<string | null>();
  for await (const { at, ms, probe, outcome, tenant } of arrivals.newestRefusals()) {
    if (at + ms < began - ROUNDED) break;
    // So many came at once that some have no note.
    if (outcome === 'unrecorded') return [];
    if (probe) seen.add(tenant);
  }
  const answered = found.filter(({ checks }) => checks.some(({ id, status }) => id === 'inbox' && status === 'pass'));
  return answered
    .filter(({ idTag }) => !seen.has(idTag))
    .map(({ idTag }): Fault => {
      const { url } = server.facts ?? {};
      const evidence = [`${idTag}: an inbox has answered the probe, and the server at ${url} has never got it`];
      return { fault: 'other-server', code: 'check.home', evidence, facts: { idTag, host: apiHost(idTag) } };
    });
}

/** Whether what the network sees of the tenants is what the home has, and what stands in front. */
export async function publishedCheck({ status, deps }: HomeLook): Promise<Outcome> {
  const faults: Fault[] = [];
  const told: string[] = [];
  for (const { idTag, keys } of status.identities.slice(0, MOST_TENANTS)) {
    const fetched = await deps.api.fetchProfile(idTag).catch(() => null);
    const signing = keys.find(({ state }) => state === 'signing');
    if (!fetched || !signing) continue;
    const why = unpublishedKey(fetched.profile, keys);
    if (why === null) told.push(`${idTag}: key ${signing.keyId} is published`);
    else {
      const { age } = fetched.response.headers;
      const kept = age === undefined ? [] : [`the answer is one that a cache has kept for ${age} s`];
      const evidence = [`${idTag} signs with ${signing.keyId}; ${why}`, ...kept];
      faults.push({ fault: 'key-unpublished', code: 'check.keys', evidence, facts: { idTag } });
    }
    const by = answeredBy((name) => fetched.response.headers[name]);
    if (by !== undefined && deps.settings.proxy.trusted.length === 0) {
      faults.push({
        fault: 'proxy-untrusted',
        code: 'check.home',
        evidence: [`${idTag} is answered by ${by}, and proxy.trusted is empty`],
      });
    }
  }
  return { ...well(told.length > 0 ? told.join(', ') : 'no profile could be fetched'), faults };
}
