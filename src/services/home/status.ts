/** The state of an instance. */
import type { Network } from '../../federation/http/network.ts';
import type { ErrorCode } from '../../protocol/error-table.ts';
import type { CloudilloError, ErrorObject } from '../../protocol/errors.ts';
import type { Recovery, StoreStats } from '../../store/model/store-interface.ts';
import { type CertificateFacts, certificateFacts } from '../certificates/certificate-facts.ts';
import { certificateFilesOf } from '../certificates/certificate-files.ts';
import { type RenewalStatus, renewalStatuses } from '../certificates/renewal-status.ts';
import { type KeyView, keyViews } from '../keys/key-view.ts';
import { signingProblem } from '../keys/own-keys.ts';
import type { Deps } from '../runtime/deps.ts';
import type { ServerFacts, WorkerState } from '../runtime/server-facts.ts';
import { type FailingPeer, failingPeers } from './failing-peers.ts';
import { type InboxStatus, inboxStatus } from './inbox-status.ts';
import { diskProblems, findProblems, networkProblems, type Problem } from './status-problems.ts';

/** An identity with its keys. */
export interface IdentityStatus {
  idTag: string;
  name: string;
  type: 'person' | 'community';
  keys: KeyView[];
  /** Why the signing key can't be used: a code such as `key.missing`; null when it can. */
  keyProblem: string | null;
  following: number;
  followers: number;
}

/** A delivery that failed. */
export interface FailedDelivery {
  tenant: string;
  to: string;
  actionId: string;
  state: string;
  attempts: number;
  code: ErrorCode;
  message: string;
  /** ISO 8601. */
  at: string;
}

/** A background worker of the running server. */
export interface WorkerStatus extends Pick<WorkerState, 'name' | 'state' | 'restarts'> {
  /** The last error. */
  error: Pick<ErrorObject, 'code' | 'message'> | null;
  /** When it is started again, ISO 8601; null when it is not paused. */
  nextStartAt: string | null;
}

/** The queue of deliveries. */
export interface QueueStatus {
  queued: number;
  /** ISO 8601: the next attempt. */
  nextAt: string | null;
  /** ISO 8601: since when the oldest has been waiting. */
  oldestAt: string | null;
  /** Tokens that wait for their issuer's key. */
  parked: number;
  /** Peers whose circuit isn't closed, the longest open first. The first hundred of them. */
  failing: FailingPeer[];
  /** How many peers have a circuit that isn't closed. */
  failingCount: number;
}

/** The state of an instance. */
export interface StatusResult {
  home: string;
  server: (ServerFacts & { uptimeSeconds: number; logDropped: number; connectionsDropped: number }) | null;
  /** Empty when no server runs. */
  workers: WorkerStatus[];
  /** `unusable`: its file is missing or damaged. */
  network: Network['kind'];
  identities: IdentityStatus[];
  /** The certificate for names that have none of their own. */
  certificate: CertificateFacts | null;
  /** The certificates of single tenants. */
  ownCertificates: CertificateFacts[];
  /** Empty where certificates aren't ordered by themselves. */
  renewals: RenewalStatus[];
  /** `reclaimableBytes`: roughly what a compaction of the journal would drop. */
  store: StoreStats & { reclaimableBytes: number; recovery: Recovery };
  queue: QueueStatus;
  inbox: InboxStatus;
  /** The latest failures, newest first. */
  failures: FailedDelivery[];
  /** What needs attention; empty for a healthy instance. */
  problems: Problem[];
}

type StatusDeps = Pick<
  Deps,
  'home' | 'settings' | 'store' | 'identities' | 'network' | 'clock' | 'signer' | 'server' | 'disk' | 'arrivals'
>;

const FAILURES_SHOWN = 5;

/**
 * Examines the whole instance. Nothing is sent, and nothing is changed but for a file that tries the disk and is removed.
 * @throws CloudilloError `store.*`
 */
export async function status(deps: StatusDeps): Promise<StatusResult> {
  const { home, settings, store, network, clock } = deps;
  const now = clock.wall();
  const keyErrors = new Map<string, CloudilloError>();
  const identities = await identityStatuses(deps, now, keyErrors);
  const idTags = identities.map(({ idTag }) => idTag);
  const server = deps.server.facts;
  const { cert, key } = settings.tls;
  const own = idTags.flatMap((idTag) => {
    const files = certificateFilesOf(home, settings.tls.directory, idTag);
    return files ? [{ ...files, idTag }] : [];
  });
  const withoutOwn = idTags.filter((idTag) => !own.some((each) => each.idTag === idTag));
  const facts = {
    home,
    server: server && {
      ...server,
      uptimeSeconds: Math.floor((clock.monotonic() - deps.server.since) / 1000),
      logDropped: deps.server.logDropped(),
      connectionsDropped: deps.server.connectionsDropped().count,
    },
    workers: deps.server.workers().map(workerStatus),
    network: network.kind,
    identities,
    certificate: cert === null ? null : await certificateFacts(cert, key, withoutOwn, now),
    ownCertificates: await Promise.all(own.map((each) => certificateFacts(each.cert, each.key, [each.idTag], now))),
    renewals: await renewalStatuses(deps, idTags),
    store: {
      ...store.stats(),
      reclaimableBytes: store.reclaimable(now - settings.delivery.keepEnded),
      recovery: store.recovery,
    },
    queue: queueStatus(store, now),
    inbox: await inboxStatus(deps),
    failures: failedDeliveries(store),
  };
  const found = [...diskProblems(await deps.disk.writeProblems()), ...networkProblems(network)];
  return {
    ...facts,
    problems: [
      ...found,
      ...findProblems(facts, now, {
        keyErrors,
        readOnly: deps.disk.readOnly,
        dropping: deps.server.connectionsDropped().lately,
      }),
    ],
  };
}

function workerStatus({ name, state, restarts, error, nextStartAt }: WorkerState): WorkerStatus {
  return {
    name,
    state,
    restarts,
    error: error && { code: error.code, message: error.cause ? `${error.message}: ${error.cause}` : error.message },
    nextStartAt: nextStartAt === null ? null : new Date(nextStartAt).toISOString(),
  };
}

async function identityStatuses(
  deps: StatusDeps,
  now: number,
  keyErrors: Map<string, CloudilloError>,
): Promise<IdentityStatus[]> {
  const { identities, store } = deps;
  return Promise.all(
    (await identities.list()).map(async (identity) => {
      const { idTag, name, type } = identity;
      const keys = keyViews(identity, now);
      const { following, followers } = store.relationCounts(idTag);
      const error = await signingProblem(deps, idTag, keys);
      if (error) keyErrors.set(idTag, error);
      return {
        idTag,
        name,
        type,
        keys,
        keyProblem: error?.code ?? null,
        following,
        followers,
      };
    }),
  );
}

function queueStatus(store: Deps['store'], now: number): QueueStatus {
  const { queued, nextAt, oldestAt } = store.deliveryQueue();
  // Some deliveries of earlier versions have no time.
  const iso = (at: number | null) => (at !== null && Number.isFinite(at) ? new Date(at).toISOString() : null);
  return {
    queued,
    nextAt: iso(nextAt),
    oldestAt: iso(oldestAt),
    parked: store.stats().parked,
    failing: failingPeers(store, now),
    failingCount: store.openCircuitCount(),
  };
}

function failedDeliveries(store: Deps['store']): FailedDelivery[] {
  return store.failedDeliveries(FAILURES_SHOWN).flatMap(({ tenant, to, actionId, state, attempts, error, at }) =>
    error === null
      ? []
      : [
          {
            tenant,
            to,
            actionId,
            state,
            attempts,
            code: error.code,
            message: error.message,
            at: new Date(at).toISOString(),
          },
        ],
  );
}
