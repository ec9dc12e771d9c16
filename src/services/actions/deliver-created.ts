/** Delivers new actions for a command. */
import { CloudilloError, errorToObject } from '../../protocol/errors.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import type { Delivery } from '../../store/model/rows.ts';
import type { DeliverDeps } from '../delivery/attempt.ts';
import { deliverOnce } from '../delivery/deliver-once.ts';
import type { DeliveryReport } from '../delivery/delivery-report.ts';
import { checkOwnProfile } from '../delivery/preflight.ts';
import type { Deps } from '../runtime/deps.ts';
import type { Stages } from '../runtime/stages.ts';
import { type ActResult, NOTHING_SENT, type SentCounts, SHOWN } from './act-result.ts';

/** How a command delivers. */
export interface DeliverCreatedOptions {
  sync: boolean;
  preflight: boolean;
}

/** More deliveries than this are left to the running server. */
const AWAITED = 8;
/** How many peers are contacted at the same time when no server runs. */
const CONCURRENCY = 16;

/** The part of a result that the deliveries decide. */
export type DeliveryOutcome = Pick<ActResult, 'outcome' | 'sent' | 'deliveries' | 'verified' | 'error'>;

/** The result of deliveries that were attempted. */
export interface Delivered extends DeliveryOutcome {
  outcome: 'accepted' | 'queued' | 'refused';
}

/** How long the worker leaves a delivery to its command, in case the command's process dies. Milliseconds. */
const RESERVED = 30_000;

type DeliverCreatedDeps = DeliverDeps & Pick<Deps, 'identities' | 'server' | 'deliveryQueued'>;

/**
 * Delivers stored actions once and reports the result. Few recipients are served by this process; many by the running
 * server, if there is one. A failed delivery stays queued.
 * @param events the stored events
 */
export async function deliverCreated(
  deps: DeliverCreatedDeps,
  stages: Stages,
  tenant: string,
  events: readonly JournalEvent[],
  { sync, preflight }: DeliverCreatedOptions,
): Promise<DeliveryOutcome> {
  const waiting = queuedBy(deps.store, tenant, events);
  const recipients = waiting.length;
  if (recipients === 0) {
    stages.skip('deliver', 'there are no recipients');
    return { outcome: 'stored', sent: NOTHING_SENT, deliveries: [], verified: false, error: null };
  }
  if (deps.server.facts && recipients > AWAITED && !sync) {
    deps.deliveryQueued.wake();
    stages.skip('deliver', `${recipients} deliveries left to the running server`);
    const sent = { ...NOTHING_SENT, recipients, left: recipients };
    return { outcome: 'sending', sent, deliveries: [], verified: false, error: null };
  }
  const obstacle = await checkOwnProfile(deps, stages, tenant, preflight);
  return deliverWaiting(deps, stages, waiting, { sync, obstacle });
}

/** Makes one attempt for each queued delivery, unless an `obstacle` rules it out. A failed delivery stays queued. */
export async function deliverWaiting(
  deps: DeliverCreatedDeps,
  stages: Stages,
  waiting: readonly Delivery[],
  { sync, obstacle }: { sync: boolean; obstacle: CloudilloError | null },
): Promise<Delivered> {
  const reports = await deliverAsStage(deps, stages, waiting, sync, obstacle);
  deps.deliveryQueued.wake();
  return { ...verdictOn(reports), verified: sync && reports.every(({ state }) => state === 'delivered') };
}

/**
 * When the server may make the deliveries of an action that a command creates: at once when the command leaves them to it, else
 * later, so that the command can make them itself. Milliseconds of the monotonic clock.
 */
export function reservedUntil(
  { server, clock }: Pick<Deps, 'server' | 'clock'>,
  recipients: number,
  { sync }: Pick<DeliverCreatedOptions, 'sync'>,
): { nextAt?: number } {
  return server.facts && recipients > AWAITED && !sync ? {} : { nextAt: clock.monotonic() + RESERVED };
}

/** The deliveries of these events that are still queued: the server may have been faster. */
function queuedBy(store: Deps['store'], tenant: string, events: readonly JournalEvent[]): Delivery[] {
  const wanted = new Map<string, Set<string>>();
  for (const event of events) {
    if (event.kind !== 'deliveries') continue;
    const to = wanted.get(event.actionId) ?? new Set();
    for (const idTag of event.to) to.add(idTag);
    wanted.set(event.actionId, to);
  }
  return [...wanted].flatMap(([actionId, to]) =>
    store.deliveries({ tenant, actionId }).filter((delivery) => to.has(delivery.to)),
  );
}

async function deliverAsStage(
  deps: DeliverCreatedDeps,
  stages: Stages,
  waiting: readonly Delivery[],
  sync: boolean,
  obstacle: CloudilloError | null,
): Promise<DeliveryReport[]> {
  const hidden = obstacle && errorToObject(obstacle);
  const options = { concurrency: CONCURRENCY, sync, obstacle: () => hidden };
  if (hidden) {
    stages.skip('deliver', 'queued for later');
    return deliverOnce(deps, waiting, options);
  }
  let reports: DeliveryReport[] = [];
  try {
    await stages.run(
      'deliver',
      async () => {
        reports = await deliverOnce(deps, waiting, options);
        const failed = reports.find(({ error }) => error);
        if (failed?.error) throw new CloudilloError(failed.error.code, failureText(reports, failed.error.message));
      },
      () => successText(reports, sync),
    );
  } catch (error) {
    // A failed delivery is in the reports; any other error is thrown.
    if (!reports.some(({ error: failure }) => failure)) throw error;
  }
  return reports;
}

function successText(reports: DeliveryReport[], sync: boolean): string {
  if (reports.length > 1) return `${reports.length} of ${reports.length} took it`;
  const status = reports[0]?.status ?? null;
  if (status === null) return 'delivered by the server meanwhile';
  return `${sync ? '/api/inbox/sync' : '/api/inbox'} answered ${status}`;
}

function failureText(reports: DeliveryReport[], message: string): string {
  if (reports.length === 1) return message;
  const taken = reports.filter(({ state }) => state === 'delivered').length;
  return `${taken} of ${reports.length} took it; ${message}`;
}

/** The overall outcome: refused outranks queued. The first error of the worst state is reported. */
function verdictOn(reports: DeliveryReport[]): Omit<Delivered, 'verified'> {
  const of = (...states: Delivery['state'][]) => reports.filter(({ state }) => states.includes(state));
  const [refused, queued, delivered] = [
    of('refused', 'expired', 'superseded', 'dropped'),
    of('queued'),
    of('delivered'),
  ];
  const sent: SentCounts = {
    recipients: reports.length,
    delivered: delivered.length,
    queued: queued.length,
    refused: refused.length,
    left: 0,
  };
  const outcome = refused.length > 0 ? 'refused' : queued.length > 0 ? 'queued' : 'accepted';
  const deliveries = [...refused, ...queued, ...delivered].slice(0, SHOWN);
  return { outcome, sent, deliveries, error: (refused[0] ?? queued[0])?.error ?? null };
}
