import { actionKey } from '../protocol/action-types.ts';
import { CloudilloError, type ErrorObject } from '../protocol/errors.ts';
import { parseIdTag } from '../protocol/id-tag.ts';
import { isoTime } from '../protocol/iso-time.ts';
import type { Profile } from '../protocol/profile.ts';
import { decodeToken } from '../protocol/token.ts';
import type { JournalEvent } from '../store/events.ts';
import type { ActionRow } from '../store/rows.ts';
import { askAgain, type DeliveryReport, deliveryReport, findDelivery } from './deliver.ts';
import type { Deps, Emit } from './deps.ts';
import { inTurn } from './in-turn.ts';
import { ownIdentity } from './own-identity.ts';
import { peerEvent } from './peer-event.ts';
import { pullHistory } from './pull-history.ts';
import { type RequestLimits, withRequestLimits } from './request-limits.ts';
import { lookAtPeer, lookAtSelf, type Outgoing, resend, type Sent, sendAction } from './send-action.ts';
import { createStages, type StageReport, type Stages } from './stages.ts';

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

/**
 * Follows an identity (PROTOCOL.md, Follow): preflight → profile → sign → store → deliver → history. Once stored it is true here,
 * and what couldn't be delivered stays queued.
 * @throws CloudilloError `usage.id-tag`, `usage.self`, `usage.blocked`, `home.identity-missing`, `key.*`, `store.*`; and what proves that there
 * is no such peer: `dns.nxdomain`, `dns.nodata`, `peer.*`
 */
export async function follow(given: FollowDeps, input: FollowInput, emit: Emit): Promise<FollowResult> {
  const deps = withRequestLimits(given, input);
  const { self, peer } = await parties(deps, input);
  assertNotBlocked(deps.store, self, peer);
  const stages = createStages(emit);
  if (input.dryRun) return dryRun(self, peer, await sign(deps, stages, self, peer, 'FLLW'), stages);
  return inTurn(deps.store, `relation ${self} ${peer}`, async () => {
    const { following } = deps.store.relation(self, peer);
    const result = following
      ? await followAgain(deps, stages, self, peer, input)
      : await followNow(deps, stages, self, peer, input);
    return { ...result, stages: stages.reports };
  });
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

/**
 * What is begun with a blocked peer would be refused at our own door when it answers.
 * @throws CloudilloError `usage.blocked`
 */
export function assertNotBlocked(store: Pick<Deps['store'], 'standing'>, self: string, peer: string): void {
  if (!store.standing(self, peer).blocked) return;
  throw new CloudilloError('usage.blocked', `${self} blocks ${peer}`, {
    stage: 'input',
    hint: `End that first with: cloudillo unblock ${peer} --as ${self}`,
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

async function followNow(
  deps: FollowDeps,
  stages: Stages,
  self: string,
  peer: string,
  input: FollowInput,
): Promise<FollowResult> {
  const hidden = await lookAtSelf(deps, stages, self, input.preflight ?? true);
  const looked = await lookAtPeer(deps, stages, peer);
  const profile = looked instanceof CloudilloError ? null : looked;
  if (profile) deps.keyCache.put({ ...profile, fetchedAt: deps.clock() });
  const token = await sign(deps, stages, self, peer, 'FLLW');
  const outgoing = outgoingFollow(deps, self, peer, token, profile);
  const obstacle = hidden ?? (looked instanceof CloudilloError ? looked : null);
  const sent = await sendAction(deps, stages, outgoing, { obstacle, sync: input.sync ?? false });
  return afterwards(deps, stages, { self, peer, sync: input.sync ?? false }, sent);
}

/** Already following. What is still queued is tried again; with `sync` the peer is asked once more. */
async function followAgain(
  deps: FollowDeps,
  stages: Stages,
  self: string,
  peer: string,
  input: FollowInput,
): Promise<FollowResult> {
  const row = currentFollow(deps.store, self, peer);
  const delivery = row && findDelivery(deps.store, self, row.actionId, peer);
  const sync = input.sync ?? false;
  if (delivery?.state === 'queued') {
    const obstacle = await lookAtSelf(deps, stages, self, input.preflight ?? true);
    return afterwards(deps, stages, { self, peer, sync }, await resend(deps, stages, delivery, { obstacle, sync }));
  }
  const unchanged = { ...(await standing(deps, self, peer)), outcome: 'already', history: null, error: null } as const;
  if (!delivery || !sync) {
    stages.skip('deliver', 'already following');
    return { ...unchanged, delivery: null };
  }
  const status = await stages.run(
    'deliver',
    () => askAgain(deps, delivery),
    (code) => `/api/inbox/sync answered ${code}`,
  );
  return { ...unchanged, verified: true, delivery: deliveryReport(delivery, status, null) };
}

async function afterwards(
  deps: FollowDeps,
  stages: Stages,
  { self, peer, sync }: { self: string; peer: string; sync: boolean },
  sent: Sent,
): Promise<FollowResult> {
  const history = sent.outcome === 'accepted' ? await pullHistory(deps, stages, self, peer) : null;
  const verified = sync && sent.outcome === 'accepted';
  return { ...(await standing(deps, self, peer, sent.delivery.actionId)), ...sent, verified, history };
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

function outgoingFollow(
  { store, clock }: FollowDeps,
  self: string,
  peer: string,
  token: string,
  profile: Profile | null,
): Outgoing {
  const { actionId } = decodeToken(token);
  const at = clock();
  const action = { tenant: self, actionId, token, direction: 'out', receivedAt: at, visibility: 'F' } as const;
  const events = (): JournalEvent[] => {
    const { follower, connected } = store.relation(self, peer);
    return [
      { kind: 'action', ...action, status: 'A' },
      { kind: 'relation', tenant: self, peer, following: true, follower, connected, at },
      ...(profile ? [peerEvent(self, profile, at)] : []),
    ];
  };
  return { tenant: self, to: peer, actionId, events };
}
