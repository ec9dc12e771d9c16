import { actionKey } from '../../protocol/action-types.ts';
import { type CloudilloError, type ErrorObject, errorToObject } from '../../protocol/errors.ts';
import { isoTime } from '../../protocol/iso-time.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import { deliverWaiting, reservedUntil } from '../actions/carry-out.ts';
import { createAction, prepareAction } from '../actions/create-action.ts';
import type { NewAction } from '../actions/new-action.ts';
import { type DeliveryReport, findDelivery } from '../delivery/delivery-report.ts';
import type { Deps } from '../runtime/deps.ts';
import type { RequestLimits } from '../runtime/request-limits.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { StageReport, Stages } from '../runtime/stages.ts';

export interface FollowDeps
  extends Runtime,
    Pick<
      Deps,
      | 'store'
      | 'identities'
      | 'api'
      | 'requester'
      | 'signer'
      | 'clock'
      | 'log'
      | 'accessTokens'
      | 'keyResolver'
      | 'keyCache'
      | 'settings'
    > {}

/** Whom to follow, and how. */
export interface FollowInput extends RequestLimits {
  peer: string;
  as?: string | undefined;
  /** Sign and show; store and send nothing. */
  dryRun?: boolean | undefined;
  /** Ask the peer's `/api/inbox/sync` for its verdict. */
  sync?: boolean | undefined;
  /** Look first whether the own `/api/me` answers in public. Default: yes. */
  preflight?: boolean | undefined;
}

/** What a `follow` or `unfollow` did. */
export interface FollowResult {
  as: string;
  peer: string;
  /**
   * `accepted`: the peer took it. `already`: nothing was to be done. `queued`: it will be delivered later. `refused`: the peer
   * said no, and the relation is as before. `dry-run`.
   */
  outcome: 'accepted' | 'already' | 'queued' | 'refused' | 'dry-run';
  /** Of our side's relation, as it is now. */
  following: boolean;
  /** ISO 8601: when this relation began; null when it hasn't, or was never ours to begin. */
  since: string | null;
  actionId: string | null;
  /** The signed token. */
  token: string | null;
  /** Its payload. */
  claims: Record<string, unknown> | null;
  /** The peer verified the token before it answered. */
  verified: boolean;
  delivery: DeliveryReport | null;
  /** The peer's history, when it was asked for. */
  history: { stored: number; problem: ErrorObject | null } | null;
  error: ErrorObject | null;
  stages: StageReport[];
}

/** Of a result: nothing was to be done. */
export const UNCHANGED = { outcome: 'already', delivery: null, history: null, error: null } as const;

/** Between whom, and how, a FLLW or FLLW:DEL goes. */
export interface Sending {
  self: string;
  peer: string;
  sync: boolean;
  /** Why it is of no use to deliver it now. */
  obstacle: CloudilloError | null;
}

/** When the server tries what wasn't tried now. A server that starts doesn't wait for it. */
const LATER = 60_000;

/** The current FLLW or FLLW:DEL between the two, if there was ever one. */
export function currentFollow(store: Deps['store'], self: string, peer: string): ActionRow | null {
  const key = actionKey({ iss: self, aud: peer, t: 'FLLW', k: '', iat: 0 });
  return key === null ? null : store.byKey(self, key, self);
}

/** Signs, and shows what would be sent. */
export async function dryRun(
  deps: FollowDeps,
  stages: Stages,
  { self, peer }: Pick<Sending, 'self' | 'peer'>,
  draft: NewAction,
): Promise<FollowResult> {
  const { actionId, token, claims } = await prepareAction(deps, self, draft, { stages });
  const nothing = { following: false, since: null, verified: false, delivery: null, history: null, error: null };
  return {
    as: self,
    peer,
    outcome: 'dry-run',
    ...nothing,
    actionId,
    token,
    claims: { ...claims },
    stages: stages.reports,
  };
}

/** Signs a FLLW or FLLW:DEL, stores it with all that it changes, and delivers it. @param extra stored in the same record */
export async function send(
  deps: FollowDeps,
  stages: Stages,
  sending: Sending,
  draft: NewAction,
  extra: readonly JournalEvent[] = [],
): Promise<FollowResult> {
  const { self, sync, obstacle } = sending;
  const due = obstacle
    ? { obstacle: errorToObject(obstacle), nextAt: deps.clock.monotonic() + LATER }
    : reservedUntil(deps, 1, { sync });
  const { actionId } = await createAction(deps, self, draft, { stages, extra, ...due });
  return deliver(deps, stages, sending, actionId);
}

/** Delivers what is stored already. */
export async function deliver(
  deps: FollowDeps,
  stages: Stages,
  { self, peer, sync, obstacle }: Sending,
  actionId: string,
): Promise<FollowResult> {
  const delivery = findDelivery(deps.store, self, actionId, peer);
  if (!delivery) {
    // Only an unfollow of whom somebody blocked at the same moment, which ended the follow already.
    stages.skip('deliver', 'nothing is sent to a blocked peer');
    return { ...(await storedFollow(deps, self, peer, actionId)), ...UNCHANGED };
  }
  const { deliveries, outcome, verified, error } = await deliverWaiting(deps, stages, [delivery], { sync, obstacle });
  const sent = { outcome, verified, error, delivery: deliveries[0] ?? null, history: null };
  return { ...(await storedFollow(deps, self, peer, actionId)), ...sent };
}

/** What the store says about the relation now. */
export async function storedFollow(
  { store }: FollowDeps,
  self: string,
  peer: string,
  actionId = currentFollow(store, self, peer)?.actionId ?? null,
): Promise<Omit<FollowResult, 'outcome' | 'delivery' | 'history' | 'error'>> {
  const { following } = store.relation(self, peer);
  const action = actionId === null ? null : await store.action(self, actionId);
  return {
    as: self,
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
