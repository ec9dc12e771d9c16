import { CloudilloError, type ErrorObject, errorToObject } from '../protocol/errors.ts';
import type { Profile } from '../protocol/profile.ts';
import type { JournalEvent } from '../store/events.ts';
import type { Delivery } from '../store/rows.ts';
import { type DeliveryReport, deliverOne, deliveryEvent } from './deliver.ts';
import type { Deps } from './deps.ts';
import { announce } from './live.ts';
import { preflight } from './preflight.ts';
import { inRelationTurn } from './relation-turn.ts';
import type { Stages } from './stages.ts';
import { deliveryQueued } from './store-signal.ts';

/** How long a delivery that its command makes itself is kept from the worker, in case the command's process dies. */
const RESERVED = 30_000;
/** When the server tries what wasn't tried now. A server that starts doesn't wait for it. */
const LATER = 60_000;

/** An action that is signed and waits to be stored and sent. */
export interface Outgoing {
  tenant: string;
  to: string;
  actionId: string;
  /** The events that make it true here: stored together with the delivery, or not at all. Asked for when their turn has come. */
  events: () => JournalEvent[];
}

/** What came of sending. */
export interface Sent {
  outcome: 'accepted' | 'queued' | 'refused';
  delivery: DeliveryReport;
  /** Why it is queued or refused. */
  error: ErrorObject | null;
}

type SendDeps = Pick<Deps, 'store' | 'api' | 'clock' | 'identities'>;

/**
 * The look at our own `/api/me`, as a stage. Its failure is an answer: then nothing is delivered now.
 * @returns null when the peer can fetch our key
 */
export async function lookAtSelf(
  deps: SendDeps,
  stages: Stages,
  self: string,
  wanted: boolean,
): Promise<CloudilloError | null> {
  if (!wanted) {
    stages.skip('preflight', '--no-preflight');
    return null;
  }
  try {
    await stages.run(
      'preflight',
      () => preflight(deps, self),
      () => `${self} answers in public`,
    );
    return null;
  } catch (error) {
    if (error instanceof CloudilloError) return error;
    throw error;
  }
}

/**
 * The peer's profile, as a stage.
 * @returns the profile, or the passing failure that leaves the action to the queue
 * @throws CloudilloError when there is no such peer: an action for a mistyped name isn't worth keeping
 */
export async function lookAtPeer(deps: SendDeps, stages: Stages, peer: string): Promise<Profile | CloudilloError> {
  try {
    return await stages.run(
      'profile',
      async () => {
        const { profile } = await deps.api.fetchProfile(peer);
        return profile;
      },
      (profile) => `${profile.name || profile.idTag}, ${profile.type}, ${count(profile.keys.length, 'key')}`,
    );
  } catch (error) {
    // Certificates get mended too, and a name that no DNS server knows is proven not to be there.
    if (error instanceof CloudilloError && (error.retryable || error.code.startsWith('tls.'))) return error;
    throw error;
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/**
 * Stores the action and its delivery in one record, then delivers it unless `obstacle` says that this is of no use now. A
 * delivery that fails stays queued.
 */
export async function sendAction(
  deps: SendDeps,
  stages: Stages,
  { tenant, to, actionId, events }: Outgoing,
  { obstacle, sync }: { obstacle: CloudilloError | null; sync: boolean },
): Promise<Sent> {
  const now = deps.clock();
  const nextAt = now + (obstacle ? LATER : RESERVED);
  const error = obstacle && errorToObject(obstacle);
  const made = { state: 'queued', attempts: 0, nextAt, error, hasRelated: false, firstAt: now, at: now } as const;
  const delivery: Delivery = { tenant, actionId, to, ...made };
  const queued = deliveryEvent(delivery, now, error);
  await stages.run(
    'store',
    () => inRelationTurn(deps.store, tenant, to, () => deps.store.append([...events(), queued])),
    () => actionId,
  );
  announce(deps.store, { kind: 'action', tenant, actionId });
  return resend(deps, stages, delivery, { obstacle, sync });
}

/** Delivers what is stored already. */
export async function resend(
  deps: SendDeps,
  stages: Stages,
  delivery: Delivery,
  { obstacle, sync }: { obstacle: CloudilloError | null; sync: boolean },
): Promise<Sent> {
  if (obstacle) {
    stages.skip('deliver', 'queued for later');
    deliveryQueued.wake(deps.store);
    const { tenant, actionId, to, attempts, nextAt } = delivery;
    const error = errorToObject(obstacle);
    const report = { tenant, actionId, to, state: 'queued' as const, attempts, nextAt, status: null, error };
    return { outcome: 'queued', delivery: report, error };
  }
  const report = await deliverAsStage(deps, stages, delivery, sync);
  if (report.state === 'delivered') return { outcome: 'accepted', delivery: report, error: null };
  deliveryQueued.wake(deps.store);
  return { outcome: report.state === 'queued' ? 'queued' : 'refused', delivery: report, error: report.error };
}

async function deliverAsStage(
  deps: SendDeps,
  stages: Stages,
  delivery: Delivery,
  sync: boolean,
): Promise<DeliveryReport> {
  let report: DeliveryReport | undefined;
  try {
    return await stages.run(
      'deliver',
      async () => {
        report = await deliverOne(deps, delivery, { sync });
        if (report.error) throw new CloudilloError(report.error.code, report.error.message);
        return report;
      },
      ({ status }) =>
        status === null
          ? 'delivered by the server meanwhile'
          : `${sync ? '/api/inbox/sync' : '/api/inbox'} answered ${status}`,
    );
  } catch (error) {
    // The stage failed, and the report says how; without one the store did, and that isn't the delivery's to swallow.
    if (report) return report;
    throw error;
  }
}
