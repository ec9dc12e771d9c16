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

/** How a command's deliveries are to be made. */
export interface CarryOptions {
  sync: boolean;
  preflight: boolean;
}

/** More than these the running server delivers, and the command doesn't wait. */
const AWAITED = 8;
/** Without a server: peers that are talked to at the same time. */
const CONCURRENCY = 16;

export type Carried = Pick<ActResult, 'outcome' | 'sent' | 'deliveries' | 'verified' | 'error'>;

/** What came of deliveries that were made. */
export interface Delivered extends Carried {
  outcome: 'accepted' | 'queued' | 'refused';
}

/** How long a delivery that its command makes itself is kept from the worker, in case the command's process dies. */
const RESERVED = 30_000;

type CarryDeps = DeliverDeps & Pick<Deps, 'identities' | 'server' | 'deliveryQueued'>;

/**
 * Delivers what was stored just now, once, and tells what came of it: to few recipients at once; to many by the server that runs
 * on this store, if one does. What couldn't be delivered stays queued.
 * @param events those that were stored
 */
export async function carryOut(
  deps: CarryDeps,
  stages: Stages,
  tenant: string,
  events: readonly JournalEvent[],
  { sync, preflight }: CarryOptions,
): Promise<Carried> {
  const waiting = queuedBy(deps.store, tenant, events);
  const recipients = waiting.length;
  if (recipients === 0) {
    stages.skip('deliver', 'nobody else is to have it');
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

/**
 * Makes deliveries that are queued already, each once, unless `obstacle` says that this is of no use now. What isn't delivered stays
 * queued.
 */
export async function deliverWaiting(
  deps: CarryDeps,
  stages: Stages,
  waiting: readonly Delivery[],
  { sync, obstacle }: { sync: boolean; obstacle: CloudilloError | null },
): Promise<Delivered> {
  const reports = await deliverAsStage(deps, stages, waiting, sync, obstacle);
  deps.deliveryQueued.wake();
  return { ...verdictOn(reports), verified: sync && reports.every(({ state }) => state === 'delivered') };
}

/** When the queue may send what goes to so many: at once, where the running server is to do it. Unix milliseconds. */
export function reservedUntil(
  { server, clock }: Pick<Deps, 'server' | 'clock'>,
  recipients: number,
  { sync }: Pick<CarryOptions, 'sync'>,
): { nextAt?: number } {
  return server.facts && recipients > AWAITED && !sync ? {} : { nextAt: clock.monotonic() + RESERVED };
}

/** Of the deliveries that a record made, those that wait: the server may have been faster. */
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
  deps: CarryDeps,
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
    // The stage failed because a delivery did, and the reports say how; else it was the store.
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

/** A refusal outranks what waits; the first error of the worst kind is the one that is told. */
function verdictOn(reports: DeliveryReport[]): Omit<Delivered, 'verified'> {
  const of = (...states: Delivery['state'][]) => reports.filter(({ state }) => states.includes(state));
  const [refused, queued, delivered] = [of('refused', 'expired', 'dropped'), of('queued'), of('delivered')];
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
