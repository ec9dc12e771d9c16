/** Watches actions of this home as they arrive. */
import { CloudilloError } from '../../protocol/errors.ts';
import { isoTime } from '../../protocol/iso-time.ts';
import type { StoredAction } from '../../store/model/rows.ts';
import { actingTenant } from '../runtime/acting-tenant.ts';
import type { Deps } from '../runtime/deps.ts';
import type { LiveEvent } from '../runtime/live.ts';
import { summarise } from './action-summary.ts';
import { type WatchEvent, type WatchedAction, type WatchFilter, watchFilter } from './watched-action.ts';

/** What to watch, and from which time on. */
export interface WatchInput extends WatchFilter {
  as?: string | undefined;
  /** Begin with stored actions created later than this, unix seconds. */
  since?: number | undefined;
  /** Begin with stored actions that arrived at this time or later, unix milliseconds. */
  after?: number | undefined;
}

type WatchDeps = Pick<Deps, 'store' | 'identities' | 'clock' | 'log' | 'live' | 'server'>;

/**
 * Emits each action as it arrives, until `signal` aborts. Stored actions that were asked for come first, in the order
 * of their arrival. None is left out and none is emitted twice.
 * @throws CloudilloError `home.no-server`, `home.identity-missing`, `usage.*`, `store.damaged`
 */
export async function watchActions(
  deps: WatchDeps,
  input: WatchInput,
  emit: (event: WatchEvent) => void,
  signal: AbortSignal,
): Promise<{ idTag: string }> {
  if (!deps.server.facts) throw noServer();
  const { idTag } = await actingTenant(deps.identities, input.as);
  const fits = watchFilter(input);
  const waiting: LiveEvent[] = [];
  let wake = () => {};
  const forget = deps.live.on((event) => {
    if (event.tenant !== idTag || event.kind === 'status') return;
    waiting.push(event);
    wake();
  });
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  try {
    emit({ stage: 'watch', status: 'start', now: deps.clock.wall() });
    const told = new Set<string>();
    for await (const action of earlier(deps, idTag, input)) {
      if (signal.aborted) return { idTag };
      told.add(action.actionId);
      if (fits(action)) emit({ stage: 'action', status: 'done', action });
    }
    while (!signal.aborted) {
      const event = waiting.shift();
      if (event) {
        const action = told.has(event.actionId) ? null : await watched(deps, event);
        if (action && fits(action)) emit({ stage: 'action', status: 'done', action });
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    return { idTag };
  } finally {
    forget();
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * The error for a home that no server serves. Nothing arrives there, and a watch would keep a server from starting.
 * @param hint the next step
 */
export function noServer(hint = 'Start one with "cloudillo serve", or wait for it with --retry'): CloudilloError {
  return new CloudilloError('home.no-server', 'No server serves this home, so nothing arrives', {
    stage: 'home',
    hint,
  });
}

/** The stored actions that were asked for, in the order of their arrival. */
async function* earlier(
  { store }: WatchDeps,
  idTag: string,
  { since, after }: WatchInput,
): AsyncIterable<WatchedAction> {
  if (since === undefined && after === undefined) return;
  const rows = store.rows(idTag, {
    createdAfter: since,
    receivedFrom: after,
    statuses: ['A', 'C', 'N'],
    current: true,
    order: 'oldest',
    where: (row) => !isSilenced(store, idTag, row.issuer),
  });
  const found = [...rows].map(({ actionId, receivedAt }) => ({ actionId, receivedAt }));
  for (const { actionId } of found.sort((a, b) => a.receivedAt - b.receivedAt)) {
    const action = await store.action(idTag, actionId);
    if (action) yield watchedAction(action);
  }
}

/**
 * The action of an event, or null when it is not shown: replaced, rejected silently, or from a muted or blocked peer.
 */
async function watched({ store, clock, log }: WatchDeps, event: LiveEvent): Promise<WatchedAction | null> {
  if (event.kind === 'ephemeral') {
    const action = ephemeralAction(event, clock.wall());
    return isSilenced(store, event.tenant, action.issuer) ? null : action;
  }
  try {
    const action = await store.action(event.tenant, event.actionId);
    if (!action?.current || action.status === 'D' || isSilenced(store, event.tenant, action.issuer)) return null;
    return watchedAction(action);
  } catch (error) {
    log('error', 'an action could not be shown', { tenant: event.tenant, actionId: event.actionId, err: error });
    return null;
  }
}

function isSilenced(store: WatchDeps['store'], tenant: string, issuer: string): boolean {
  if (issuer === tenant) return false;
  const { blocked, muted } = store.treatment(tenant, issuer);
  return blocked || muted;
}

/** A stored action as a watch shows it. */
export function watchedAction(action: StoredAction): WatchedAction {
  const { current: _current, token: _token, ...shown } = summarise(action, false);
  return shown;
}

/** An action that is passed on and never stored, as a watch shows it. @param now unix milliseconds */
export function ephemeralAction(
  { actionId, claims }: Extract<LiveEvent, { kind: 'ephemeral' }>,
  now: number,
): WatchedAction {
  return {
    actionId,
    type: claims.t,
    issuer: claims.iss,
    audience: claims.aud ?? null,
    parent: claims.p ?? null,
    subject: claims.sub ?? null,
    status: null,
    visibility: claims.v ?? null,
    createdAt: isoTime(claims.iat),
    receivedAt: new Date(now).toISOString(),
    expiresAt: claims.exp === undefined ? null : isoTime(claims.exp),
    direction: 'in',
    content: claims.c ?? null,
    attachments: claims.a ?? [],
    flags: claims.f ?? null,
  };
}
