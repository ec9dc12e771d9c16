/** The steps that `follow` and `unfollow` share. */
import { actionKey } from '../../protocol/action-types.ts';
import { type CloudilloError, type ErrorObject, errorToObject } from '../../protocol/errors.ts';
import { isoTime } from '../../protocol/iso-time.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import { createAction, prepareAction } from '../actions/create-action.ts';
import { deliverWaiting, reservedUntil } from '../actions/deliver-created.ts';
import type { NewAction } from '../actions/new-action.ts';
import type { ActInput, SendDeps } from '../actions/send-action.ts';
import { type DeliveryReport, findDelivery } from '../delivery/delivery-report.ts';
import type { Deps } from '../runtime/deps.ts';
import type { StageReport, Stages } from '../runtime/stages.ts';

/** The parts that following needs. */
export interface FollowDeps extends SendDeps, Pick<Deps, 'keyCache'> {}

/** The peer to follow, and the options. */
export interface FollowInput extends ActInput {
  peer: string;
}

/** The result of `follow` or `unfollow`. */
export interface FollowResult {
  as: string;
  peer: string;
  /**
   * `accepted`: the peer took it. `already`: there was nothing to do. `queued`: it is delivered later. `refused`: the
   * peer refused, and the relation is as before. `dry-run`.
   */
  outcome: 'accepted' | 'already' | 'queued' | 'refused' | 'dry-run';
  /** The tenant follows the peer now. */
  following: boolean;
  /** When the follow began, ISO 8601; null when there is none. */
  since: string | null;
  actionId: string | null;
  /** The signed token. */
  token: string | null;
  /** Its payload. */
  claims: Record<string, unknown> | null;
  /** The peer verified the token before it answered. */
  verified: boolean;
  delivery: DeliveryReport | null;
  /** The result of fetching the peer's history; null when it was not fetched. */
  history: { stored: number; problem: ErrorObject | null } | null;
  error: ErrorObject | null;
  stages: StageReport[];
}

/** The part of a result that says that there was nothing to do. */
export const UNCHANGED = { outcome: 'already', delivery: null, history: null, error: null } as const;

/** The two identities and the options of a FLLW or FLLW:DEL. */
export interface Sending {
  tenant: string;
  peer: string;
  sync: boolean;
  /** Why it can't be delivered now. */
  obstacle: CloudilloError | null;
}

/** When the server tries what was not tried now. A starting server does not wait for it. */
const LATER = 60_000;

/** The latest FLLW or FLLW:DEL of the tenant to the peer; null when there is none. */
export function currentFollow(store: Deps['store'], tenant: string, peer: string): ActionRow | null {
  const key = actionKey({ iss: tenant, aud: peer, t: 'FLLW' });
  return key === null ? null : store.byKey(tenant, key, tenant);
}

/** Signs, and reports what would be sent. */
export async function dryRun(
  deps: FollowDeps,
  stages: Stages,
  { tenant, peer }: Pick<Sending, 'tenant' | 'peer'>,
  draft: NewAction,
): Promise<FollowResult> {
  const { actionId, token, claims } = await prepareAction(deps, tenant, draft, { stages });
  const nothing = { following: false, since: null, verified: false, delivery: null, history: null, error: null };
  return {
    as: tenant,
    peer,
    outcome: 'dry-run',
    ...nothing,
    actionId,
    token,
    claims: { ...claims },
    stages: stages.reports,
  };
}

/** Signs a FLLW or FLLW:DEL, stores it with its effects, and delivers it. @param extra events of the same record */
export async function send(
  deps: FollowDeps,
  stages: Stages,
  sending: Sending,
  draft: NewAction,
  extra: readonly JournalEvent[] = [],
): Promise<FollowResult> {
  const { tenant, sync, obstacle } = sending;
  const due = obstacle
    ? { obstacle: errorToObject(obstacle), nextAt: deps.clock.monotonic() + LATER }
    : reservedUntil(deps, 1, { sync });
  const { actionId } = await createAction(deps, tenant, draft, { stages, extra, ...due });
  return deliver(deps, stages, sending, actionId);
}

/** Delivers a stored FLLW or FLLW:DEL. */
export async function deliver(
  deps: FollowDeps,
  stages: Stages,
  { tenant, peer, sync, obstacle }: Sending,
  actionId: string,
): Promise<FollowResult> {
  const delivery = findDelivery(deps.store, tenant, actionId, peer);
  if (!delivery) {
    // Only an unfollow lacks a delivery, when a block at the same moment ended the follow.
    stages.skip('deliver', 'nothing is sent to a blocked peer');
    return { ...(await storedFollow(deps, tenant, peer, actionId)), ...UNCHANGED };
  }
  const { deliveries, outcome, verified, error } = await deliverWaiting(deps, stages, [delivery], { sync, obstacle });
  const sent = { outcome, verified, error, delivery: deliveries[0] ?? null, history: null };
  return { ...(await storedFollow(deps, tenant, peer, actionId)), ...sent };
}

/** The result as the store has it now. */
export async function storedFollow(
  { store }: FollowDeps,
  tenant: string,
  peer: string,
  actionId = currentFollow(store, tenant, peer)?.actionId ?? null,
): Promise<Omit<FollowResult, 'outcome' | 'delivery' | 'history' | 'error'>> {
  const { following } = store.relation(tenant, peer);
  const action = actionId === null ? null : await store.action(tenant, actionId);
  return {
    as: tenant,
    peer,
    following,
    since: following && action ? isoTime(action.createdAt) : null,
    actionId,
    token: action?.token ?? null,
    claims: action?.claims ?? null,
    verified: false,
    stages: [],
  };
}
