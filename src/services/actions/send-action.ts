/** Sends an action for a command, stage by stage. */
import { splitType } from '../../protocol/action-types.ts';
import { isContentId } from '../../protocol/content-id.ts';
import { CloudilloError, errorToObject } from '../../protocol/errors.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import { pullHistory } from '../inbox/pull-history.ts';
import { fetchPeerProfile } from '../peers/fetch-peer-profile.ts';
import { learnName } from '../peers/learn-name.ts';
import { peerEvent } from '../peers/peer-event.ts';
import { findAction } from '../reading/find-action.ts';
import { actingTenant } from '../runtime/acting-tenant.ts';
import type { Deps, Emit } from '../runtime/deps.ts';
import { withLock } from '../runtime/locks.ts';
import { type RequestLimits, withRequestLimits } from '../runtime/request-limits.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { createStages, type Stages } from '../runtime/stages.ts';
import { type ActResult, NOTHING_SENT } from './act-result.ts';
import { type CreateOptions, createAction, type PreparedAction, prepareAction, signedText } from './create-action.ts';
import { createWithWork } from './create-with-work.ts';
import { type DeliveryOutcome, deliverCreated, reservedUntil } from './deliver-created.ts';
import { wantedWork } from './make-proof-of-work.ts';
import type { NewAction } from './new-action.ts';
import { sendEphemeral } from './send-ephemeral.ts';

/** The parts that sending needs. */
export interface SendDeps
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
      | 'profiles'
      | 'settings'
      | 'disk'
      | 'arrivals'
    > {}

/** The common options of commands that send actions. */
export interface ActInput extends RequestLimits {
  as?: string | undefined;
  /** Sign and report; store and send nothing. */
  dryRun?: boolean | undefined;
  /** Deliver to the peers' `/api/inbox/sync`, which answers with their verdict. */
  sync?: boolean | undefined;
  /** Check first that the tenant's `/api/me` answers in public. Default: yes. */
  preflight?: boolean | undefined;
}

/** The action to send. */
export interface SendInput extends ActInput {
  /** `subject` and `parentId` may be the beginning of a stored action's ID. */
  draft: NewAction;
  /** The audience is the tenant itself: a repost for its own followers. */
  onOwnWall?: boolean | undefined;
}

/** How often a demand for more work is met: a peer's demand may rise meanwhile. */
const WORK_ROUNDS = 2;

/**
 * Creates an action and sends it: check → profile → store → preflight → deliver → history. The action counts when it is
 * stored; failed deliveries stay queued.
 * @throws CloudilloError `home.identity-missing`, `key.*`, `store.*`; as `createAction`; when the audience is proven
 * not to exist `dns.nxdomain`, `dns.nodata`, `peer.*`
 */
export async function sendAction(given: SendDeps, input: SendInput, emit: Emit): Promise<ActResult> {
  const deps = withRequestLimits(given, input);
  const { idTag: tenant } = await actingTenant(deps.identities, input.as);
  const draft = await draftOf(deps, tenant, input);
  const stages = createStages(emit, deps.observer);
  const checked = await stages.run('check', () => prepareAction(deps, tenant, draft), signedText);
  if (input.dryRun) {
    const sent = { ...NOTHING_SENT, recipients: deliveriesOf(checked.events) };
    return { ...resultOf(deps, tenant, checked), sent, outcome: 'dry-run', stages: stages.reports };
  }
  const extra = await audienceProfile(deps, stages, tenant, checked);
  if (checked.ephemeral) return deliverEphemeral(deps, stages, tenant, checked);
  // A second command at the same moment would find the same state and repeat the action.
  const of = `${checked.claims.t} ${checked.claims.aud ?? ''}`;
  return withLock(deps, { kind: 'sending', tenant, of }, async (deps) => {
    const created = await storeAndDeliver(
      deps,
      stages,
      tenant,
      draft,
      { ...input, recipients: checked.to.length },
      extra,
    );
    return { ...created, stages: stages.reports };
  });
}

/** A result that has only the signed action. */
export function resultOf(
  { store }: Pick<Deps, 'store'>,
  tenant: string,
  signed: Pick<PreparedAction, 'actionId' | 'token' | 'claims' | 'to'> | null,
): Omit<ActResult, 'outcome' | 'stages'> {
  const { type } = splitType(signed?.claims.t ?? '');
  const peer = type === 'FLLW' || type === 'CONN' ? signed?.claims.aud : undefined;
  const relation = peer === undefined ? null : store.relation(tenant, peer);
  return {
    as: tenant,
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

/** How many deliveries the events queue, relays included. */
function deliveriesOf(events: readonly JournalEvent[]): number {
  return events.reduce((sum, event) => sum + (event.kind === 'deliveries' ? event.to.length : 0), 0);
}

async function draftOf({ store }: SendDeps, tenant: string, { draft, onOwnWall }: SendInput): Promise<NewAction> {
  const isWhole = (id: string) => isContentId(id, 'a1');
  const whole = async (id: string) => (isWhole(id) ? id : (await findAction(store, tenant, id)).actionId);
  // In other types the subject may be an identity or a file.
  const isAction = (id: string) => id.startsWith('a1~') || ['REACT', 'REPOST'].includes(splitType(draft.type).type);
  return {
    ...draft,
    ...(draft.subject !== undefined && {
      subject: isAction(draft.subject) ? await whole(draft.subject) : draft.subject,
    }),
    ...(draft.parentId !== undefined && { parentId: await whole(draft.parentId) }),
    ...(onOwnWall && { audienceTag: tenant }),
  };
}

/** The profile of an unknown audience is fetched first, so that an action for a mistyped name is not stored. */
async function audienceProfile(
  deps: SendDeps,
  stages: Stages,
  tenant: string,
  { claims }: PreparedAction,
): Promise<JournalEvent[]> {
  const { aud } = claims;
  const isDeletion = splitType(claims.t).subtype === 'DEL';
  if (aud === undefined || aud === tenant || isDeletion || deps.store.peer(tenant, aud) !== null) return [];
  const profile = await fetchPeerProfile(deps, stages, aud);
  return profile instanceof CloudilloError ? [] : [peerEvent(tenant, profile, deps.clock.wall())];
}

async function storeAndDeliver(
  deps: SendDeps,
  stages: Stages,
  tenant: string,
  draft: NewAction,
  { recipients, ...input }: SendInput & { recipients: number },
  extra: JournalEvent[],
): Promise<Omit<ActResult, 'stages'>> {
  const options = { sync: input.sync ?? false, preflight: input.preflight ?? true };
  const store = (create: (reserved: CreateOptions) => Promise<PreparedAction>) =>
    stages.run(
      'store',
      () => create({ extra, ...reservedUntil(deps, recipients, options) }),
      ({ actionId }) => actionId,
    );
  let created = await store((reserved) => createAction(deps, tenant, draft, reserved));
  let delivery = await deliverCreated(deps, stages, tenant, created.events, options);
  for (let round = 0; round < WORK_ROUNDS; round += 1) {
    const level = created.claims.t === 'CONN' && delivery.outcome === 'refused' ? wantedWork(delivery.error) : null;
    if (level === null) break;
    const wanted = { refused: created.actionId, level };
    try {
      stages.skip('work', `${created.claims.aud} wants a token that ends in ${'A'.repeat(level)}`);
      created = await store((reserved) => createWithWork(deps, tenant, draft, wanted, reserved));
    } catch (error) {
      if (!(error instanceof CloudilloError) || error.code !== 'check.work') throw error;
      delivery = { ...delivery, error: errorToObject(error) };
      break;
    }
    delivery = await deliverCreated(deps, stages, tenant, created.events, options);
  }
  return {
    ...resultOf(deps, tenant, created),
    ...delivery,
    history: await historyOf(deps, stages, tenant, created, delivery),
  };
}

/** Fetches the name and the history of a new peer; for the history, with a running server its worker does so (history-worker.ts). */
export async function historyOf(
  deps: SendDeps,
  stages: Stages,
  tenant: string,
  { claims }: Pick<PreparedAction, 'claims'>,
  { outcome }: Pick<DeliveryOutcome, 'outcome'>,
): Promise<ActResult['history']> {
  const { type, subtype } = splitType(claims.t);
  if (outcome !== 'accepted' || subtype === 'DEL' || claims.aud === undefined) return null;
  await learnName(deps, tenant, claims.aud);
  const { connected } = deps.store.relation(tenant, claims.aud);
  const begins = type === 'FLLW' || (type === 'CONN' && connected && !deps.server.facts);
  return begins ? pullHistory(deps, stages, tenant, claims.aud) : null;
}

/** Sends an ephemeral action once. */
async function deliverEphemeral(
  deps: SendDeps,
  stages: Stages,
  tenant: string,
  created: PreparedAction,
): Promise<ActResult> {
  const delivered = await stages.run(
    'deliver',
    () => sendEphemeral(deps, created),
    (taken) => `${taken} of ${created.to.length} took it; it is not stored`,
  );
  const recipients = created.to.length;
  const outcome = delivered === recipients ? 'accepted' : 'refused';
  const sent = { ...NOTHING_SENT, recipients, delivered, refused: recipients - delivered };
  return { ...resultOf(deps, tenant, created), outcome, sent, stages: stages.reports };
}
