/** Makes one attempt for each of several deliveries, for commands that deliver themselves. */
import type { ErrorObject } from '../../protocol/errors.ts';
import { observed, type Span } from '../../protocol/observer.ts';
import type { Delivery } from '../../store/model/rows.ts';
import type { Emit } from '../runtime/deps.ts';
import { withLock } from '../runtime/locks.ts';
import type { DeliverDeps } from './attempt.ts';
import { deliverOne } from './deliver.ts';
import { type DeliveryReport, deliveryEvent, deliveryReport, findDelivery } from './delivery-report.ts';
import { settlementLock } from './settlement.ts';

/** How the attempts are made. */
export interface DeliverOnceOptions {
  /** How many peers are contacted at the same time. */
  concurrency?: number;
  /** Ask `/api/inbox/sync`, which verifies before it answers. */
  sync?: boolean;
  /** Why a delivery can't succeed now. It is then not attempted, and reported as queued with this error. */
  obstacle?: (delivery: Delivery) => ErrorObject | null;
  /** Receives a stage for each attempt: `deliver bob.example`. */
  emit?: Emit;
}

/**
 * Makes one attempt for each delivery. The deliveries to one peer go one after the other, oldest first, so that an answer never
 * overtakes the action that it answers. After a failure the others to that peer stay queued with its error.
 * @returns a report for each delivery, in their order
 * @throws CloudilloError `store.*` only: what peers do is in the reports
 */
export async function deliverOnce(
  deps: DeliverDeps,
  deliveries: readonly Delivery[],
  options: DeliverOnceOptions = {},
): Promise<DeliveryReport[]> {
  if (deliveries.length < 2) return deliverAll(deps, deliveries, options, null);
  return observed(deps.observer, 'fan-out', (span) => deliverAll(deps, deliveries, options, span));
}

async function deliverAll(
  deps: DeliverDeps,
  deliveries: readonly Delivery[],
  options: DeliverOnceOptions,
  span: Span | null,
): Promise<DeliveryReport[]> {
  span?.fact('cloudillo.deliveries', deliveries.length);
  let done = 0;
  const { default: pLimit } = await import('p-limit');
  const limit = pLimit(options.concurrency ?? 8);
  const reports: DeliveryReport[] = Array.from(deliveries, (delivery) => deliveryReport(delivery, null, null));
  await Promise.all(
    placesByPeer(deliveries).map((places) =>
      limit(async () => {
        let failure: ErrorObject | null = null;
        for (const place of places) {
          const delivery = deliveries[place] as Delivery;
          if (!failure) {
            failure = options.obstacle?.(delivery) ?? null;
            if (failure) await noteObstacle(deps, delivery, failure);
          }
          const report: DeliveryReport = failure
            ? deliveryReport(delivery, null, failure)
            : await attempt(deps, delivery, options);
          if (report.state === 'queued') failure = report.error;
          reports[place] = report;
          done += 1;
          span?.progress(done, deliveries.length);
        }
      }),
    ),
  );
  return reports;
}

/** The indexes of the deliveries for each tenant and peer, oldest first. Tenants don't wait for one another's failures. */
function placesByPeer(deliveries: readonly Delivery[]): number[][] {
  const places = new Map<string, number[]>();
  for (const [place, { tenant, to }] of deliveries.entries()) {
    const pair = `${tenant} ${to}`;
    const list = places.get(pair) ?? [];
    list.push(place);
    places.set(pair, list);
  }
  const firstAt = (place: number): number => deliveries[place]?.firstAt ?? 0;
  return Array.from(places.values(), (list) => list.sort((a, b) => firstAt(a) - firstAt(b)));
}

/** Keeps why nothing was sent, for who looks at the delivery later. It is no attempt: its count, its time and its place stay. */
function noteObstacle(deps: DeliverDeps, delivery: Delivery, error: ErrorObject): Promise<void> {
  return withLock(deps, settlementLock(delivery), async ({ store, clock }) => {
    const now = findDelivery(store, delivery.tenant, delivery.actionId, delivery.to);
    if (now?.state !== 'queued') return;
    const queuePlace = Math.min(now.firstAt, clock.monotonic());
    await store.append([deliveryEvent(now, clock.wall(), error, { queuePlace })]);
  });
}

async function attempt(
  deps: DeliverDeps,
  delivery: Delivery,
  { sync = false, emit = () => {} }: DeliverOnceOptions,
): Promise<DeliveryReport> {
  const stage = `deliver ${delivery.to}`;
  emit({ stage, status: 'start' });
  const started = performance.now();
  const report = await deliverOne(deps, delivery, { sync });
  const ms = Math.round(performance.now() - started);
  emit({ stage, status: report.error ? 'failed' : 'done', ms, detail: report.error?.message ?? report.state });
  return report;
}
