/** The work of `load`: finds the instance, starts the issuers, sends. */
import { usable } from '../../federation/http/network.ts';
import { isPublicTarget } from '../../federation/http/public-target.ts';
import { createRequester } from '../../federation/http/request.ts';
import { createFetchProfile } from '../../federation/peer/profile-api.ts';
import { isJsonObject, parseJsonObject } from '../../protocol/json-object.ts';
import type { Observer } from '../../protocol/observer.ts';
import { remoteTarget } from '../../services/conformance/remote-target.ts';
import type { LoadProgress } from '../../services/load/measure.ts';
import { type EarlierLoad, type LoadReport, loadReport, measuredOf } from '../../services/load/report.ts';
import { type LoadPlan, runLoad } from '../../services/load/run-load.ts';
import { assertComparable, type Threshold } from '../../services/load/thresholds.ts';
import { systemClock } from '../../services/runtime/system-clock.ts';
import type { Settings } from '../../store/settings/settings.ts';
import { loadNetwork } from '../home/load-network.ts';
import { readText } from '../input/read-input.ts';
import { usageError } from '../output/output.ts';
import { type ActingPeers, actingPeers } from './acting-peers.ts';

/** A load that was asked for. */
export interface LoadOrder {
  home: string;
  settings: Settings;
  idTag: string;
  as: string | undefined;
  peers: readonly string[];
  plan: LoadPlan;
  thresholds: readonly Threshold[];
  baseline: string | undefined;
  ownsIt: boolean;
  observer: Observer;
  /** Is told how far it is. */
  progress: (progress: LoadProgress) => void;
}

/**
 * Sends a load.
 * @param stop is asked when the first request is due. Until then nothing is measured, and a signal ends the process.
 * @throws CloudilloError `usage.*`, `home.*`, `key.*`; `dns.*`, `network.*`, `tls.*`, `peer.*`: the instance can't be reached at all
 */
export async function sendLoad(order: LoadOrder, stop: () => AbortSignal): Promise<LoadReport> {
  const { settings, idTag, plan, thresholds, observer } = order;
  const network = usable(await loadNetwork(settings));
  if (isPublicTarget(network, idTag) && !order.ownsIt) {
    const hint = 'Add --i-own-this where it is yours. To try it on this machine: cloudillo sandbox up';
    throw usageError('usage.missing', `A load on ${idTag} needs the word of its owner`, hint);
  }
  if (order.as === undefined && order.peers.length === 0 && Object.keys(plan.mix).some((kind) => kind !== 'profile')) {
    throw usageError(
      'usage.missing',
      'Nobody signs',
      'Give --peer or --as, or send what needs no signature: --mix profile',
    );
  }
  const earlier = order.baseline === undefined ? null : await readEarlier(order.baseline);
  assertComparable(thresholds, earlier && measuredOf(earlier));
  const requester = createRequester({ network, timeout: settings.request.timeout, observer });
  let acting: ActingPeers | undefined;
  try {
    // An instance that can't be reached at all is an error, and no measurement.
    await createFetchProfile(requester)(idTag);
    acting = await actingPeers(network, order);
    const { peers } = acting;
    const target = remoteTarget({ idTag, network, requester, peers, owner: null, now: systemClock.wall, observer });
    const startedAt = new Date(systemClock.wall()).toISOString();
    const result = await runLoad(target, plan, stop(), order.progress);
    const { rate, concurrency, mix } = plan;
    const issuers = peers.map((peer) => peer.idTag);
    return loadReport({ idTag, startedAt, rate, concurrency, issuers, mix }, result, thresholds, earlier);
  } finally {
    await acting?.close();
    requester.close();
  }
}

/** Reads an earlier report. @throws CloudilloError `usage.file`, `usage.value` */
async function readEarlier(path: string): Promise<EarlierLoad> {
  const report = parseJsonObject(await readText(path));
  const { startedAt, sent, succeeded, failed, throughput, latency } = report ?? {};
  const numbers = [sent, succeeded, failed, throughput, ...(isJsonObject(latency) ? Object.values(latency) : [])];
  const isReport = typeof startedAt === 'string' && !Number.isNaN(Date.parse(startedAt));
  if (isReport && (latency === null || isJsonObject(latency)) && numbers.every(Number.isFinite))
    return report as unknown as EarlierLoad;
  throw usageError('usage.value', `${path} is no report of a load`, 'Keep one with: cloudillo load … --json > FILE');
}
