import { actionKey } from '../protocol/action-types.ts';
import { CloudilloError, type ErrorObject } from '../protocol/errors.ts';
import { parseIdTag } from '../protocol/id-tag.ts';
import { isoTime } from '../protocol/iso-time.ts';
import { decodeToken } from '../protocol/token.ts';
import type { ActionRow } from '../store/rows.ts';
import type { DeliveryReport } from './deliver.ts';
import type { Deps } from './deps.ts';
import { ownIdentity } from './own-identity.ts';
import type { RequestLimits } from './request-limits.ts';
import type { StageReport, Stages } from './stages.ts';

export type FollowDeps = Pick<
  Deps,
  | 'store'
  | 'identities'
  | 'api'
  | 'requester'
  | 'signer'
  | 'clock'
  | 'accessTokens'
  | 'keyResolver'
  | 'keyCache'
  | 'settings'
>;

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

/** Both ends, canonical. */
export async function parties(
  { identities }: Pick<Deps, 'identities'>,
  { peer, as }: Pick<FollowInput, 'peer' | 'as'>,
): Promise<{ self: string; peer: string }> {
  const other = parseIdTag(peer);
  const { idTag: self } = await ownIdentity(identities, as);
  if (self !== other) return { self, peer: other };
  throw new CloudilloError('usage.self', `${self} can't follow itself`, {
    stage: 'input',
    hint: 'Name another identity; --as says which of yours acts',
  });
}

/** The current FLLW or FLLW:DEL between the two, if there was ever one. */
export function currentFollow(store: Deps['store'], self: string, peer: string): ActionRow | null {
  const key = actionKey({ iss: self, aud: peer, t: 'FLLW', k: '', iat: 0 });
  return key === null ? null : store.byKey(self, key, self);
}

/** A signed FLLW or FLLW:DEL. Its `iat` is greater than that of the one that it replaces: receivers go by that. */
export async function sign(
  deps: FollowDeps,
  stages: Stages,
  self: string,
  peer: string,
  t: 'FLLW' | 'FLLW:DEL',
): Promise<string> {
  const before = currentFollow(deps.store, self, peer);
  const iat = Math.max(Math.floor(deps.clock() / 1000), before ? before.createdAt + 1 : 0);
  return stages.run(
    'sign',
    () => deps.signer.sign(self, { t, aud: peer, v: 'F', iat }),
    () => `${t} for ${peer}`,
  );
}

export function dryRun(self: string, peer: string, token: string, stages: Stages): FollowResult {
  const { actionId, claims } = decodeToken(token);
  const nothing = { following: false, since: null, verified: false, delivery: null, history: null, error: null };
  return { as: self, peer, outcome: 'dry-run', ...nothing, actionId, token, claims, stages: stages.reports };
}

/** What the store says about the relation now. */
export async function standing(
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
