/** Tells what arrives at an identity, accepted and refused, for whoever expects something. */
import type { ArrivalNote } from '../../store/model/arrival-note.ts';
import { actingTenant } from '../runtime/acting-tenant.ts';
import type { Deps, StageEvent } from '../runtime/deps.ts';
import type { LiveEvent } from '../runtime/live.ts';
import { type ArrivalView, arrivalView } from './arrival-view.ts';
import { type Expectation, expectedAction, expectedRefusal } from './expectation.ts';
import { ephemeralAction, noServer, watchedAction } from './watch-actions.ts';
import type { WatchedAction } from './watched-action.ts';

/** What is expected, where, and from when on. */
export interface ExpectInput extends Expectation {
  as?: string | undefined;
  /** Begin with what arrived at this time or later, unix milliseconds. Default: from now on. */
  since?: number | undefined;
}

/** An event: something fits, or `ready`: everything that came before was told. */
export interface ExpectEvent extends StageEvent {
  action?: WatchedAction;
  refusal?: ArrivalView;
}

type ExpectDeps = Pick<Deps, 'store' | 'identities' | 'clock' | 'log' | 'live' | 'server' | 'arrivals'>;

/**
 * Emits each action of a peer that fits as it arrives, and each refusal, until `signal` aborts. What came since `since` is told
 * first: actions, then refusals. Unlike a watch it tells of muted peers, too, and of actions that a later one replaced: they came.
 * @throws CloudilloError `home.no-server`, `home.identity-missing`, `usage.*`, `store.damaged`
 */
export async function expectArrivals(
  deps: ExpectDeps,
  input: ExpectInput,
  emit: (event: ExpectEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  if (!deps.server.facts) throw noServer('Start one with "cloudillo serve", or let it wait itself: serve --expect');
  const { idTag } = await actingTenant(deps.identities, input.as);
  const fits = { action: expectedAction(input), refusal: expectedRefusal(input) };
  const told = new Set<string>();
  const tellAction = (action: WatchedAction | null) => {
    if (!action || told.has(action.actionId) || !fits.action(action)) return;
    told.add(action.actionId);
    emit({ stage: 'action', status: 'done', action });
  };
  const tellRefusal = (refusal: ArrivalView) => {
    const { at, ms, requestId, actionId, tenant } = refusal;
    const key = JSON.stringify([at, ms, requestId, actionId]);
    if (tenant !== idTag || told.has(key) || !fits.refusal(refusal)) return;
    told.add(key);
    emit({ stage: 'refusal', status: 'failed', refusal });
  };
  // What comes while the earlier ones are read waits here.
  const waiting: (() => Promise<void>)[] = [];
  let wake = () => {};
  const later = (work: () => Promise<void>) => {
    waiting.push(work);
    wake();
  };
  const stops = [
    deps.live.on((event) => {
      if (event.tenant === idTag && event.kind !== 'status') later(async () => tellAction(await arrived(deps, event)));
    }),
    deps.arrivals.on((note) => later(async () => tellRefusal(arrivalView(note)))),
  ];
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  try {
    if (input.since !== undefined) {
      for await (const action of actionsSince(deps, idTag, input.since)) tellAction(action);
      for (const note of await refusalsSince(deps, input.since)) tellRefusal(arrivalView(note));
    }
    emit({ stage: 'ready', status: 'done' });
    while (!signal.aborted) {
      const work = waiting.shift();
      if (work) await work();
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    for (const stop of stops) stop();
    signal.removeEventListener('abort', onAbort);
  }
}

async function* actionsSince({ store }: ExpectDeps, idTag: string, since: number): AsyncIterable<WatchedAction> {
  const rows = store.rows(idTag, { receivedFrom: since, order: 'oldest', where: (row) => row.issuer !== idTag });
  for (const { actionId } of [...rows]) {
    const action = await store.action(idTag, actionId);
    if (action) yield watchedAction(action);
  }
}

/** Oldest first. */
async function refusalsSince({ arrivals }: ExpectDeps, since: number): Promise<ArrivalNote[]> {
  const notes: ArrivalNote[] = [];
  for await (const note of arrivals.newestRefusals()) {
    if (note.at + note.ms < since) break;
    if (note.at >= since) notes.push(note);
  }
  return notes.reverse();
}

/** The action of an event. One that can't be read did come, and is logged. */
async function arrived({ store, clock, log }: ExpectDeps, event: LiveEvent): Promise<WatchedAction | null> {
  if (event.kind === 'ephemeral') return ephemeralAction(event, clock.wall());
  try {
    const action = await store.action(event.tenant, event.actionId);
    return action && watchedAction(action);
  } catch (error) {
    log('error', 'an expected action could not be read', {
      tenant: event.tenant,
      actionId: event.actionId,
      err: error,
    });
    return null;
  }
}
