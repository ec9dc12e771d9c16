/** The work of `conform`: finds the instance, starts the peers, makes the cases. */
import { usable } from '../../federation/http/network.ts';
import { isPublicTarget } from '../../federation/http/public-target.ts';
import { createRequester, type Requester } from '../../federation/http/request.ts';
import { peerUrl } from '../../federation/peer/peer-url.ts';
import { createFetchProfile } from '../../federation/peer/profile-api.ts';
import { unwrap } from '../../protocol/envelope.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { parseIdTag } from '../../protocol/id-tag.ts';
import { isJsonObject } from '../../protocol/json-object.ts';
import type { Observer } from '../../protocol/observer.ts';
import { ALL_CASES } from '../../services/conformance/all-cases.ts';
import type { CaseResult } from '../../services/conformance/case.ts';
import { type PlanInput, planCases } from '../../services/conformance/plan.ts';
import { remoteTarget } from '../../services/conformance/remote-target.ts';
import { type ConformanceReport, conformanceReport } from '../../services/conformance/report.ts';
import { runCases } from '../../services/conformance/run-cases.ts';
import { systemClock } from '../../services/runtime/system-clock.ts';
import type { Settings } from '../../store/settings/settings.ts';
import type { RequestTarget } from '../flags/request-target.ts';
import { loadNetwork } from '../home/load-network.ts';
import { bareToken } from '../input/bare-token.ts';
import { readText } from '../input/read-input.ts';
import { type ActingPeers, actingPeers } from './acting-peers.ts';

/** A run that was asked for. */
export interface ConformanceOrder {
  home: string;
  settings: Settings;
  target: RequestTarget;
  appDomain: string | undefined;
  /** An identity of the home that plays a peer. */
  as: string | undefined;
  /** Members of the sandbox that this run plays. */
  peers: readonly string[];
  apiKeyFile: string | undefined;
  plan: Omit<PlanInput, 'own'>;
  strict: boolean;
  observer: Observer;
}

/**
 * Makes a run.
 * @param emit gets each result as it comes
 * @throws CloudilloError `usage.*`, `home.*`, `key.*`; `dns.*`, `network.*`, `tls.*`, `peer.*`: there is no instance to test, or
 *   it takes no API key
 */
export async function runConformance(
  order: ConformanceOrder,
  emit: (result: CaseResult) => void,
): Promise<ConformanceReport> {
  const start = performance.now();
  const { settings, observer, plan, strict } = order;
  const network = usable(await loadNetwork(settings));
  const requester = createRequester({ network, timeout: settings.request.timeout, observer });
  const now = systemClock.wall;
  let acting: ActingPeers | undefined;
  try {
    const { idTag, appDomain } = await findIdentity(requester, order);
    // Without an instance there is nothing to judge: this error ends the run.
    await createFetchProfile(requester)(idTag);
    acting = await actingPeers(network, order);
    const { peers } = acting;
    const owner = await ownerToken(requester, idTag, order.apiKeyFile);
    const target = remoteTarget({ idTag, appDomain, network, requester, peers, owner, now, observer });
    const planned = planCases(ALL_CASES, target, { ...plan, own: !isPublicTarget(network, idTag) });
    const results = await runCases(target, planned, emit, observer);
    return conformanceReport(idTag, results, strict, Math.round(performance.now() - start));
  } finally {
    await acting?.close();
    requester.close();
  }
}

/** The identity of a target: by its name, by the host of its API, or as its app domain names it. */
async function findIdentity(
  requester: Requester,
  { target, appDomain }: ConformanceOrder,
): Promise<{ idTag: string; appDomain: string | undefined }> {
  if (target.idTag !== null) return { idTag: target.idTag, appDomain };
  const { hostname, origin } = new URL(target.url);
  const answer = (await requester.get(`${origin}/.well-known/cloudillo/id-tag`)).json();
  const named = isJsonObject(answer) ? answer['idTag'] : undefined;
  if (typeof named === 'string') return { idTag: parseIdTag(named), appDomain: appDomain ?? hostname };
  throw new CloudilloError('peer.invalid', `${hostname} names no identity`, {
    stage: 'response',
    hint: 'Give the idTag, or the URL of its API: https://cl-o.IDTAG',
    details: { host: hostname },
  });
}

/** An access token of the owner, for an API key. */
async function ownerToken(requester: Requester, idTag: string, file: string | undefined): Promise<string | null> {
  if (file === undefined) return null;
  const apiKey = bareToken(await readText(file));
  const answer = unwrap((await requester.get(peerUrl(idTag, '/api/auth/access-token', { apiKey }))).json());
  const token = isJsonObject(answer) ? answer['token'] : undefined;
  if (typeof token === 'string') return token;
  throw new CloudilloError('peer.invalid', `${idTag} gives no access token for the API key`, {
    stage: 'response',
    hint: 'Make one there with: cloudillo api-key create',
  });
}
