import { decodeToken } from '../protocol/token.ts';
import type { JournalEvent } from '../store/events.ts';
import { superseded } from './actions/effects.ts';
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
import { withRequestLimits } from './request-limits.ts';
import { lookAtSelf, type Outgoing, sendAction } from './send-action.ts';
import { createStages, type Stages } from './stages.ts';

/**
 * Ends a follow: `FLLW:DEL`, newer than the FLLW, which it replaces. True here at once, whatever the peer answers; a delivery that
 * fails stays queued. Not following is a success without a change.
 * @throws CloudilloError `usage.id-tag`, `usage.self`, `home.identity-missing`, `key.*`, `store.*`
 */
export async function unfollow(given: FollowDeps, input: FollowInput, emit: Emit): Promise<FollowResult> {
  const deps = withRequestLimits(given, input);
  const { self, peer } = await parties(deps, input);
  const stages = createStages(emit);
  if (input.dryRun) return dryRun(self, peer, await sign(deps, stages, self, peer, 'FLLW:DEL'), stages);
  return inTurn(deps.store, `relation ${self} ${peer}`, async () => {
    if (deps.store.relation(self, peer).following) return unfollowNow(deps, stages, self, peer, input);
    stages.skip('deliver', 'not following');
    const nothing = { outcome: 'already', delivery: null, history: null, error: null } as const;
    return { ...(await standing(deps, self, peer)), ...nothing, stages: stages.reports };
  });
}

async function unfollowNow(
  deps: FollowDeps,
  stages: Stages,
  self: string,
  peer: string,
  input: FollowInput,
): Promise<FollowResult> {
  // The peer's profile isn't needed for this: a name that has vanished can be unfollowed too.
  const obstacle = await lookAtSelf(deps, stages, self, input.preflight ?? true);
  const token = await sign(deps, stages, self, peer, 'FLLW:DEL');
  const sync = input.sync ?? false;
  const sent = await sendAction(deps, stages, outgoingUnfollow(deps, self, peer, token), {
    obstacle,
    sync,
  });
  const now = await standing(deps, self, peer, sent.delivery.actionId);
  const verified = sync && sent.outcome === 'accepted';
  return { ...now, ...sent, verified, history: null, stages: stages.reports };
}

function outgoingUnfollow({ store, clock }: FollowDeps, self: string, peer: string, token: string): Outgoing {
  const { actionId } = decodeToken(token);
  const at = clock();
  const outgoing = { tenant: self, actionId, token, direction: 'out', receivedAt: at, visibility: 'F' } as const;
  // A follow that still waits must not arrive after this; if it did arrive, its `iat` is older and changes nothing.
  const waiting = superseded(store, self, currentFollow(store, self, peer), at);
  const events = (): JournalEvent[] => {
    const { follower, connected } = store.relation(self, peer);
    return [
      { kind: 'action', ...outgoing, status: 'A' },
      { kind: 'relation', tenant: self, peer, following: false, follower, connected, at },
      ...waiting,
    ];
  };
  return { tenant: self, to: peer, actionId, events };
}
