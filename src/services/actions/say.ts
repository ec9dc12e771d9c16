import { splitType } from '../../protocol/action-types.ts';
import { isContentId } from '../../protocol/content-id.ts';
import { CloudilloError, errorToObject } from '../../protocol/errors.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import { pullHistory } from '../inbox/pull-history.ts';
import { fetchPeerProfile } from '../peers/fetch-peer-profile.ts';
import { peerEvent } from '../peers/peer-event.ts';
import { findAction } from '../reading/find-action.ts';
import type { Deps, Emit } from '../runtime/deps.ts';
import { withLock } from '../runtime/locks.ts';
import { ownIdentity } from '../runtime/own-identity.ts';
import { type RequestLimits, withRequestLimits } from '../runtime/request-limits.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { createStages, type Stages } from '../runtime/stages.ts';
import { type ActResult, NOTHING_SENT } from './act-result.ts';
import { type Carried, carryOut, reservedUntil } from './carry-out.ts';
import { type CreateOptions, createAction, type PreparedAction, prepareAction, signedText } from './create-action.ts';
import { createWithWork } from './create-with-work.ts';
import type { NewAction } from './new-action.ts';
import { passOn } from './pass-on.ts';
import { wantedWork } from './proof-of-work.ts';

export interface SayDeps
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
      | 'settings'
    > {}

/** What commands that say something have in common. */
export interface ActInput extends RequestLimits {
  as?: string | undefined;
  /** Sign and show; store and send nothing. */
  dryRun?: boolean | undefined;
  /** Ask the peers' `/api/inbox/sync` for their verdict. */
  sync?: boolean | undefined;
  /** Look first whether the own `/api/me` answers in public. Default: yes. */
  preflight?: boolean | undefined;
}

/** What to say. */
export interface SayInput extends ActInput {
  /** `subject` and `parentId` may be the beginning of an ID that is stored here. */
  draft: NewAction;
  /** Its audience is whoever says it: a repost for one's own followers. */
  onOwnWall?: boolean | undefined;
}

/** A peer's counter may go up while we work. */
const WORK_ROUNDS = 2;

/**
 * Says something and delivers it: check → profile → store → preflight → deliver → history. Once stored it is said, and what couldn't
 * be delivered stays queued.
 * @throws CloudilloError `home.identity-missing`, `key.*`, `store.*`; as `createAction`; and what proves that there is no such
 * audience: `dns.nxdomain`, `dns.nodata`, `peer.*`
 */
export async function say(given: SayDeps, input: SayInput, emit: Emit): Promise<ActResult> {
  const deps = withRequestLimits(given, input);
  const { idTag: self } = await ownIdentity(deps.identities, input.as);
  const draft = draftOf(deps, self, input);
  const stages = createStages(emit, deps.observer);
  const checked = await stages.run('check', () => prepareAction(deps, self, draft), signedText);
  if (input.dryRun) {
    const sent = { ...NOTHING_SENT, recipients: deliveriesOf(checked.events) };
    return { ...resultOf(deps, self, checked), sent, outcome: 'dry-run', stages: stages.reports };
  }
  const extra = await audienceProfile(deps, stages, self, checked);
  if (checked.ephemeral) return passOnNow(deps, stages, self, checked);
  // A second one at the same moment would find the same state, and say it twice.
  const of = `${checked.claims.t} ${checked.claims.aud ?? ''}`;
  return withLock(deps, { kind: 'statement', tenant: self, of }, async (deps) => {
    const said = await sayNow(deps, stages, self, draft, { ...input, recipients: checked.to.length }, extra);
    return { ...said, stages: stages.reports };
  });
}

/** What was signed, as a result of which nothing else is known. */
export function resultOf(
  { store }: Pick<Deps, 'store'>,
  self: string,
  signed: Pick<PreparedAction, 'actionId' | 'token' | 'claims' | 'to'> | null,
): Omit<ActResult, 'outcome' | 'stages'> {
  const { type } = splitType(signed?.claims.t ?? '');
  const peer = type === 'FLLW' || type === 'CONN' ? signed?.claims.aud : undefined;
  const relation = peer === undefined ? null : store.relation(self, peer);
  return {
    as: self,
    about: null,
    actionId: signed?.actionId ?? null,
    type: signed?.claims.t ?? null,
    token: signed?.token ?? null,
    claims: signed?.claims ?? null,
    sent: { ...NOTHING_SENT, recipients: signed?.to.length ?? 0 },
    deliveries: [],
    relation: relation && {
      peer: relation.peer,
      following: relation.following,
      follower: relation.follower,
      connected: relation.connected,
    },
    verified: false,
    history: null,
    error: null,
  };
}

/** How many deliveries a record makes, relays included. */
function deliveriesOf(events: readonly JournalEvent[]): number {
  return events.reduce((sum, event) => sum + (event.kind === 'deliveries' ? event.to.length : 0), 0);
}

function draftOf({ store }: SayDeps, self: string, { draft, onOwnWall }: SayInput): NewAction {
  const isWhole = (id: string) => isContentId(id, 'a1');
  const whole = (id: string) => (isWhole(id) ? id : findAction(store, self, id).actionId);
  // Of other types it may be a person or a file.
  const isAction = (id: string) => id.startsWith('a1~') || ['REACT', 'REPOST'].includes(splitType(draft.type).type);
  return {
    ...draft,
    ...(draft.subject !== undefined && { subject: isAction(draft.subject) ? whole(draft.subject) : draft.subject }),
    ...(draft.parentId !== undefined && { parentId: whole(draft.parentId) }),
    ...(onOwnWall && { audienceTag: self }),
  };
}

/** Somebody of whom we never heard is looked up first: what is for a mistyped name isn't worth keeping. */
async function audienceProfile(
  deps: SayDeps,
  stages: Stages,
  self: string,
  { claims }: PreparedAction,
): Promise<JournalEvent[]> {
  const { aud } = claims;
  const ends = splitType(claims.t).subtype === 'DEL';
  if (aud === undefined || aud === self || ends || deps.store.peer(self, aud) !== null) return [];
  const looked = await fetchPeerProfile(deps, stages, aud);
  return looked instanceof CloudilloError ? [] : [peerEvent(self, looked, deps.clock.wall())];
}

async function sayNow(
  deps: SayDeps,
  stages: Stages,
  self: string,
  draft: NewAction,
  { recipients, ...input }: SayInput & { recipients: number },
  extra: JournalEvent[],
): Promise<Omit<ActResult, 'stages'>> {
  const options = { sync: input.sync ?? false, preflight: input.preflight ?? true };
  const store = (create: (reserved: CreateOptions) => Promise<PreparedAction>) =>
    stages.run(
      'store',
      () => create({ extra, ...reservedUntil(deps, recipients, options) }),
      ({ actionId }) => actionId,
    );
  let said = await store((reserved) => createAction(deps, self, draft, reserved));
  let carried = await carryOut(deps, stages, self, said.events, options);
  for (let round = 0; round < WORK_ROUNDS; round += 1) {
    const level = said.claims.t === 'CONN' && carried.outcome === 'refused' ? wantedWork(carried.error) : null;
    if (level === null) break;
    const wanted = { refused: said.actionId, level };
    try {
      stages.skip('work', `${said.claims.aud} wants a token that ends in ${'A'.repeat(level)}`);
      said = await store((reserved) => createWithWork(deps, self, draft, wanted, reserved));
    } catch (error) {
      if (!(error instanceof CloudilloError) || error.code !== 'check.work') throw error;
      carried = { ...carried, error: errorToObject(error) };
      break;
    }
    carried = await carryOut(deps, stages, self, said.events, options);
  }
  return { ...resultOf(deps, self, said), ...carried, history: await historyOf(deps, stages, self, said, carried) };
}

/** Beside a server its worker does this (history-worker.ts). */
export async function historyOf(
  deps: SayDeps,
  stages: Stages,
  self: string,
  { claims }: Pick<PreparedAction, 'claims'>,
  { outcome }: Pick<Carried, 'outcome'>,
): Promise<ActResult['history']> {
  const { type, subtype } = splitType(claims.t);
  if (outcome !== 'accepted' || subtype === 'DEL' || claims.aud === undefined) return null;
  const { connected } = deps.store.relation(self, claims.aud);
  const begins = type === 'FLLW' || (type === 'CONN' && connected && !deps.server.facts);
  return begins ? pullHistory(deps, stages, self, claims.aud) : null;
}

/** What is kept nowhere is sent once, and nobody is asked again. */
async function passOnNow(deps: SayDeps, stages: Stages, self: string, said: PreparedAction): Promise<ActResult> {
  const delivered = await stages.run(
    'deliver',
    () => passOn(deps, said),
    (taken) => `${taken} of ${said.to.length} took it; it is kept nowhere`,
  );
  const recipients = said.to.length;
  const outcome = delivered === recipients ? 'accepted' : 'refused';
  const sent = { ...NOTHING_SENT, recipients, delivered, refused: recipients - delivered };
  return { ...resultOf(deps, self, said), outcome, sent, stages: stages.reports };
}
