import { CloudilloError } from '../protocol/errors.ts';
import type { Profile } from '../protocol/profile.ts';
import { decodeToken } from '../protocol/token.ts';
import type { JournalEvent } from '../store/events.ts';
import { assertNotBlocked } from './actions/rules.ts';
import { askAgain, deliveryReport, findDelivery } from './deliver.ts';
import type { Emit } from './deps.ts';
import {
  currentFollow,
  dryRun,
  type FollowDeps,
  type FollowInput,
  type FollowResult,
  parties,
  sign,
  standing,
} from './follow-steps.ts';
import { inTurn } from './in-turn.ts';
import { peerEvent } from './peer-event.ts';
import { pullHistory } from './pull-history.ts';
import { withRequestLimits } from './request-limits.ts';
import { lookAtPeer, lookAtSelf, type Outgoing, resend, type Sent, sendAction } from './send-action.ts';
import { createStages, type Stages } from './stages.ts';

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
