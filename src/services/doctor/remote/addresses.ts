/** Checks of each address of an instance: TCP, TLS and the answer to `GET /api/me`. Peers use any of them. */
import { answeredBy } from '../../../federation/http/answered-by.ts';
import { type AddressProbe, probeAddresses } from '../../../federation/http/probe-addresses.ts';
import { namesText, type TlsFacts } from '../../../federation/http/tls-facts.ts';
import { peerUrl } from '../../../federation/peer/peer-url.ts';
import { durationText } from '../../../protocol/duration.ts';
import { isoTime } from '../../../protocol/iso-time.ts';
import type { FaultId } from '../faults.ts';
import { type Fault, type Outcome, well } from '../finding.ts';
import { connectionFault, requestFault } from './errors.ts';
import { type AddressAnswer, askAddress, type Look } from './look.ts';

const DAY = 86_400_000;

/** Whether each address takes connections. */
export async function tcpCheck(look: Look): Promise<Outcome> {
  try {
    look.probes.set(look.apiHost, await probe(look, look.apiHost));
  } catch (error) {
    return { faults: [requestFault(error)], stops: true };
  }
  if (look.appHost !== look.apiHost) {
    // The check of the names tells why there is none.
    look.probes.set(look.appHost, await probe(look, look.appHost).catch(noProbes));
  }
  const api = look.probes.get(look.apiHost) ?? [];
  const all = distinct([...look.probes.values()].flat());
  const addresses = all.length > 1 ? { addresses: all.map(attemptOf) } : {};
  const reached = api.filter(({ taken }) => taken);
  const dead = all.filter(({ taken, ours }) => !taken && !ours);
  if (reached.length === 0) return { faults: [noneAnswers(api)], stops: true, ...addresses };
  const untried = all.filter(({ ours }) => ours).map(({ address, reason }) => `${address} ${reason}`);
  const note = untried.length > 0 ? `; not tried: ${untried.join(', ')}` : '';
  if (dead.length === 0) return { ...well(`${places(all.filter(({ taken }) => taken))} answers${note}`), ...addresses };
  const faults = dead.map((one): Fault => {
    const evidence = [`${one.address} ${one.reason}`, `${all.length - dead.length} of ${all.length} addresses answer`];
    return {
      fault: 'address-dead',
      code: one.code ?? 'network.unreachable',
      evidence,
      facts: { address: one.address },
    };
  });
  return { faults, explains: false, ...addresses };
}

/** @throws the error, when it says nothing about the peer */
function noProbes(error: unknown): AddressProbe[] {
  requestFault(error);
  return [];
}

function noneAnswers(probes: readonly AddressProbe[]): Fault {
  const evidence = probes.map(({ address, port, reason }) => `${address}:${port} ${reason}`);
  if (probes.every(({ ours }) => ours)) return { fault: 'no-route-here', code: 'network.local', evidence };
  const [first] = probes.filter(({ ours }) => !ours);
  const code = first?.code ?? 'network.unreachable';
  return { fault: connectionFault(code, first?.nodeCode ?? null), code, evidence };
}

/** Whether each address that takes connections has a certificate that peers take, for both names. */
export async function tlsCheck(look: Look): Promise<Outcome> {
  const faults: Fault[] = [];
  let good = 0;
  const told: string[] = [];
  for (const [host, probes] of look.probes) {
    const taken = probes.filter((one) => one.taken);
    const failed = taken.filter(({ outcome }) => outcome !== 'connected');
    const every = failed.length === taken.length;
    for (const one of failed) addFault(faults, tlsFault(host, one, every));
    for (const { tls, address } of taken.filter(({ outcome }) => outcome === 'connected')) {
      if (host === look.apiHost) good += 1;
      const { fault, text } = validity(host, address, tls, look);
      if (fault) addFault(faults, fault);
      else if (host === look.apiHost && !told.includes(text)) told.push(text);
    }
  }
  const partial = good > 0 && faults.length > 0;
  return { faults, told: told.join('; '), ...(good === 0 && { stops: true }), ...(partial && { explains: false }) };
}

/** Several addresses with one fault are one finding; each address of somebody else is one of its own. */
function addFault(faults: Fault[], fault: Fault): void {
  const place = fault.facts?.['address'];
  const isSame = (one: Fault) => fault.fault !== 'address-elsewhere' || one.facts?.['address'] === place;
  const same = faults.find((one) => one.fault === fault.fault && isSame(one));
  if (!same) faults.push(fault);
  else for (const each of fault.evidence) if (!same.evidence.includes(each)) same.evidence.push(each);
}

function tlsFault(host: string, probe: AddressProbe, every: boolean): Fault {
  const { address, code = 'tls.handshake', nodeCode, reason, tls } = probe;
  const evidence = [`${host} at ${address} ${reason}`, ...(tls ? [certificateText(tls)] : [])];
  const known = connectionFault(code, nodeCode);
  const fault: FaultId = probe.outcome === 'pending' ? 'tls-silent' : known;
  return {
    fault: fault === 'certificate-name' && !every ? 'address-elsewhere' : fault,
    code,
    evidence,
    facts: { address, host },
  };
}

function certificateText({ altNames, subject, issuer, validFrom, validTo, protocol }: TlsFacts): string {
  const names = altNames.length > 0 ? namesText(altNames) : (subject ?? 'no name');
  return `the certificate is for ${names}, issued by ${issuer}, valid from ${validFrom} to ${validTo} (${protocol})`;
}

function validity(
  host: string,
  address: string,
  tls: TlsFacts | null,
  { input, deps }: Look,
): { fault: Fault | null; text: string } {
  if (!tls) {
    const evidence = [`${host} at ${address} showed no certificate`];
    return { fault: { fault: 'tls-broken', code: 'check.certificate', evidence }, text: '' };
  }
  const left = Date.parse(tls.validTo) - deps.clock.wall();
  const end = isoTime(Date.parse(tls.validTo) / 1000);
  const text = `${tls.protocol}, issued by ${tls.issuer}, until ${end} (in ${Math.floor(left / DAY)} days)`;
  if (left >= input.minValidity) return { fault: null, text };
  const evidence = [`${text}; at least ${durationText(input.minValidity)} is asked for`];
  return { fault: { fault: 'certificate-ends', code: 'check.certificate', evidence }, text };
}

/** Whether each address with a good certificate answers `GET /api/me` over HTTP. */
export async function httpCheck(look: Look): Promise<Outcome> {
  const places = (look.probes.get(look.apiHost) ?? []).filter(({ outcome }) => outcome === 'connected');
  look.answers = await Promise.all(places.map((place) => askAddress(look, place)));
  const failed = look.answers.filter(({ error }) => error !== null && !isAboutContent(error));
  const cut = failed.length > 0 && failed.length === look.answers.length ? await cutPath(look, failed[0]) : null;
  if (cut) return { faults: [cut], stops: true };
  const [first] = look.answers.filter(({ fetched }) => fetched !== null);
  if (failed.length === 0) {
    const headers = first?.fetched?.response.headers ?? {};
    const by = answeredBy((name) => headers[name]);
    return well(`GET /api/me is answered ${first?.fetched?.response.status ?? ''}${by ? ` by ${by}` : ''}`.trimEnd());
  }
  const faults = failed.map(({ error, address }) => {
    const fault = requestFault(error);
    if (failed.length === look.answers.length) return fault;
    const where: Fault = {
      ...fault,
      evidence: [`at ${address}: ${fault.evidence[0]}`, ...fault.evidence.slice(1)],
      facts: { address },
    };
    return ELSEWHERE.has(fault.fault) ? { ...where, fault: 'address-elsewhere' as const } : where;
  });
  if (failed.length < look.answers.length) return { faults, explains: false };
  return { faults: faults.slice(0, 1), stops: true };
}

/** A proxy that cuts `/api` off the path gives the profile to whoever asks with one more of it. */
async function cutPath(look: Look, answer: AddressAnswer | undefined): Promise<Fault | null> {
  const fault = answer && requestFault(answer.error);
  if (fault?.fault !== 'unknown-host' && fault?.fault !== 'not-cloudillo') return null;
  const { idTag } = look.input;
  try {
    const { body } = await look.at(answer as AddressAnswer).get(peerUrl(idTag, '/api/api/me'));
    if (!body.toString().includes(JSON.stringify({ idTag }).slice(1, -1))) return null;
  } catch {
    // It fails with one more of it as well: that was not the reason.
    return null;
  }
  const evidence = [...fault.evidence, 'GET /api/api/me is answered with the profile'];
  return { ...fault, fault: 'path-changed', evidence };
}

/** What an address that belongs to somebody else answers. */
const ELSEWHERE: ReadonlySet<FaultId> = new Set([
  'unknown-host',
  'not-cloudillo',
  'other-identity',
  'no-http',
  'redirect',
]);

/** Whether an address answered, with something that is no profile of this identity. */
export function isAboutContent(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'peer.mismatch' || code === 'peer.profile';
}

function probe({ deps }: Look, host: string): Promise<AddressProbe[]> {
  return probeAddresses(deps.network, host, deps.requester.timeout, deps.observer);
}

function distinct(probes: readonly AddressProbe[]): AddressProbe[] {
  const seen = new Set<string>();
  return probes.filter(({ address, port }) => {
    const place = `${address} ${port}`;
    const isNew = !seen.has(place);
    seen.add(place);
    return isNew;
  });
}

function attemptOf({ tls, nodeCode, taken, ...attempt }: AddressProbe) {
  return attempt;
}

function places(probes: readonly AddressProbe[]): string {
  const all = probes.map(({ address, port }) => `${address.includes(':') ? `[${address}]` : address}:${port}`);
  return all.length > 1 ? `each of ${all.join(', ')}` : (all[0] ?? 'nothing');
}
