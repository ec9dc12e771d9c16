/** Fetches the recent actions of a peer. */

import type { OutboxItem } from '../../federation/peer/outbox-api.ts';
import { actionRule, splitType } from '../../protocol/action-types.ts';
import { isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError, type ErrorObject, errorToObject } from '../../protocol/errors.ts';
import type { Span } from '../../protocol/observer.ts';
import { type ActionClaims, decodeToken } from '../../protocol/token.ts';
import { verifyToken } from '../../protocol/verify.ts';
import type { ActionEvent } from '../../store/model/events.ts';
import type { Deps } from '../runtime/deps.ts';
import { withLock } from '../runtime/locks.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Stages } from '../runtime/stages.ts';
import { aliasEvents } from './alias-events.ts';
import { arrivalOf } from './arrival.ts';
import { isDeletedAlready } from './arrival-effect.ts';
import { createInbox } from './create-inbox.ts';
import { assertPermitted } from './permission.ts';
import { receiveRelated } from './receive-related.ts';
import { relatedClaimsOf } from './related-claims.ts';
import { visibilityAtArrival } from './visibility-at-arrival.ts';

/** The parts that fetching a history needs. */
export type HistoryDeps = Pick<
  Deps,
  'store' | 'api' | 'accessTokens' | 'keyResolver' | 'signer' | 'clock' | 'log' | 'settings' | 'disk' | 'arrivals'
> &
  Runtime;

/** How many days back a new follower reads (specification: Follow). */
const SINCE_DAYS = 30;
const LIMIT = 10;

/**
 * Fetches the peer's recent actions and stores those that verify: PROXY token → access token → outbox. The follow doesn't depend
 * on them, and many servers offer no outbox: a failure is reported, never thrown.
 * @throws CloudilloError `store.*` only
 */
export async function pullHistory(
  deps: HistoryDeps,
  stages: Stages,
  tenant: string,
  peer: string,
): Promise<{ stored: number; problem: ErrorObject | null }> {
  try {
    const stored = await stages.run(
      'history',
      async (span) => storeHistory(deps, tenant, peer, await fetchRecent(deps, tenant, peer), span),
      (count) => `${count} new of the last ${SINCE_DAYS} days`,
    );
    return { stored, problem: null };
  } catch (error) {
    if (!(error instanceof CloudilloError) || isCodeOf(error.code, 'store')) throw error;
    return { stored: 0, problem: errorToObject(error) };
  }
}

function fetchRecent({ api, accessTokens, clock }: HistoryDeps, tenant: string, peer: string): Promise<OutboxItem[]> {
  const since = Math.floor(clock.wall() / 1000) - SINCE_DAYS * 86_400;
  return accessTokens.with(tenant, peer, (bearer) => api.fetchOutbox(peer, { bearer, since, limit: LIMIT }));
}

/**
 * Stores the items one after the other with their related tokens, as the inbox does: a STAT counts for an action before it.
 * @returns how many were new
 */
async function storeHistory(
  deps: HistoryDeps,
  tenant: string,
  peer: string,
  items: OutboxItem[],
  span: Span | null,
): Promise<number> {
  const inbox = createInbox(deps);
  let stored = 0;
  const wanted = newest(items);
  for (const [done, item] of wanted.entries()) {
    span?.progress(done, wanted.length);
    const claims = await acceptable(deps, tenant, peer, item);
    if (!claims) continue;
    const event = eventOf(deps, tenant, item.token, claims);
    if (await storeFresh(deps, peer, event, claims)) stored += 1;
    await receiveRelated(inbox, tenant, event.actionId, item.related);
  }
  return stored;
}

/**
 * The newest items, oldest first, by the time in each token. Peers may ignore the limit of a request: the network's server
 * answers with one more. The rest isn't worth its signature checks.
 */
function newest(items: readonly OutboxItem[]): OutboxItem[] {
  const issuedAt = ({ token }: OutboxItem): number => Number(broadcastOf(token).claims?.iat) || 0;
  const byTime = items.map((item) => ({ item, at: issuedAt(item) })).sort((a, b) => a.at - b.at);
  return byTime.slice(-LIMIT).map(({ item }) => item);
}

function eventOf(
  { store, clock, settings }: HistoryDeps,
  tenant: string,
  token: string,
  claims: ActionClaims,
): ActionEvent {
  const { actionId } = decodeToken(token);
  const visibility = visibilityAtArrival(store, tenant, claims, settings.defaultVisibility);
  return {
    kind: 'action',
    tenant,
    actionId,
    token,
    direction: 'in',
    receivedAt: clock.wall(),
    status: 'A',
    visibility,
  };
}

function storeFresh(deps: HistoryDeps, peer: string, event: ActionEvent, claims: ActionClaims): Promise<boolean> {
  const { tenant, actionId, token } = event;
  return withLock(deps, { kind: 'relation', tenant, peer }, async ({ store, live }) => {
    // Checked again under the lock: the action or its deletion may have arrived meanwhile.
    const known = store.duplicateOf(tenant, token);
    if (known !== null) {
      const events = aliasEvents(store, tenant, decodeToken(token), known, event.receivedAt);
      await store.append(events);
      live.announceEvents(events);
      return false;
    }
    if (isDeletedAlready(store, tenant, actionId, claims)) return false;
    await store.append([event]);
    live.announceEvents([event]);
    return true;
  });
}

/**
 * The claims of an item that the peer itself broadcast, with a valid signature and permission, by the rules of the inbox; null
 * for any other.
 */
async function acceptable(
  { store, keyResolver, clock }: HistoryDeps,
  tenant: string,
  peer: string,
  { token, related }: OutboxItem,
): Promise<ActionClaims | null> {
  const { type, claims } = broadcastOf(token);
  if (type === null || claims?.iss !== peer || store.row(tenant, decodeToken(token).actionId) !== null) return null;
  const { key } = await keyResolver.resolve(claims.iss, claims.k);
  const { valid } = await verifyToken(token, { key, now: Math.floor(clock.wall() / 1000) });
  return valid && (await isPermitted(store, tenant, token, claims, related)) ? claims : null;
}

async function isPermitted(
  store: HistoryDeps['store'],
  tenant: string,
  token: string,
  claims: ActionClaims,
  related: string[],
): Promise<boolean> {
  const context = {
    tenant,
    endorsed: false,
    role: 'main',
    relatedClaims: relatedClaimsOf(claims.sub, related),
  } as const;
  try {
    await assertPermitted({ store }, arrivalOf(decodeToken(token), claims, context));
    return true;
  } catch (error) {
    // An item that is refused is skipped. The others are stored.
    if (error instanceof CloudilloError && !isCodeOf(error.code, 'store')) return false;
    throw error;
  }
}

function broadcastOf(token: string): { type: string | null; claims: ActionClaims | null } {
  try {
    const claims = decodeToken(token).claims as ActionClaims;
    const { type } = splitType(String(claims.t));
    return { type: actionRule(type)?.broadcast ? type : null, claims };
  } catch {
    // A peer may serve anything. An item that is no token is skipped.
    return { type: null, claims: null };
  }
}
