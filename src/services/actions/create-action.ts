/** Creates actions of a tenant: checks, signs and stores them. */
import { createHash } from 'node:crypto';
import { actionKey } from '../../protocol/action-types.ts';
import type { ErrorObject } from '../../protocol/errors.ts';
import type { ActionClaims } from '../../protocol/token.ts';
import type { Visibility } from '../../protocol/visibility.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import { isRelayed } from '../conversations/relayed-types.ts';
import { findDelivery } from '../delivery/delivery-report.ts';
import { type SignedAction, signOutgoing } from '../outgoing/outgoing.ts';
import { relayEvents } from '../outgoing/relay.ts';
import type { Deps } from '../runtime/deps.ts';
import { withLock } from '../runtime/locks.ts';
import { createStages, type Stages } from '../runtime/stages.ts';
import { type CompleteDraft, complete } from './complete.ts';
import { contextOf } from './context.ts';
import { assertSound, draftOf, type NewAction } from './new-action.ts';
import { effectsOf } from './own-effects.ts';
import { recipientsOf, relatedOf, unblocked } from './recipients.ts';
import { assertAllowed } from './rules.ts';
import { sendEphemeral } from './send-ephemeral.ts';

/** The parts that creating an action needs. */
export interface CreateDeps
  extends Pick<Deps, 'store' | 'signer' | 'clock' | 'log' | 'locks' | 'live' | 'deliveryQueued'> {
  /** Sends ephemeral actions. */
  api: Pick<Deps['api'], 'postInbox'>;
}

/** A signed action with its effects; `events` belong into one append. */
export interface PreparedAction extends SignedAction {
  /** The visibility, as stored and as in the token. */
  visibility: Visibility;
  /** Sent once and never stored (PRES). */
  ephemeral: boolean;
}

/** Options besides the draft. */
export interface CreateOptions {
  /** More events for the same record. */
  extra?: readonly JournalEvent[];
  /** Further recipients: those who got the action that this one deletes. */
  alsoTo?: readonly string[];
  /**
   * When the queue may send it; default: now. A caller that sets it delivers the action and wakes the queue.
   * Milliseconds of the monotonic clock.
   */
  nextAt?: number;
  /** Why it waits until `nextAt`; stored with its deliveries. */
  obstacle?: ErrorObject;
  /** Store nothing and announce nothing; all else is done. */
  dryRun?: boolean;
  /** Reports signing and storing as stages. */
  stages?: Stages;
}

/**
 * Checks, completes and signs an action, and makes the events that store it. Nothing is stored: for dry runs, and for
 * callers that store more with it under the lock of {@link createAction}.
 * @throws CloudilloError `usage.action`, `usage.id-tag`, `usage.blocked`, `permission.denied`, `check.flags`,
 * `check.state`, `store.no-action`; what the signer throws
 */
export async function prepareAction(
  deps: CreateDeps,
  tenant: string,
  given: NewAction,
  options: CreateOptions = {},
): Promise<PreparedAction> {
  const { stages = untold() } = options;
  return stages.run('sign', async () => sign(deps, await checkDraft(deps, tenant, given), options), signedText);
}

/**
 * Creates an action: prepares it, stores it with its effects in one record, announces it, and wakes the queue. An
 * ephemeral action is sent at once and not stored.
 * @throws CloudilloError as {@link prepareAction}; `store.full`, `store.io`
 */
export async function createAction(
  deps: CreateDeps,
  tenant: string,
  given: NewAction,
  options: CreateOptions = {},
): Promise<PreparedAction> {
  const { stages = untold(), extra = [], dryRun = false } = options;
  const prepared = await withItsLock(deps, await checkDraft(deps, tenant, given), async (deps) => {
    // Checked again: the state may have changed while it waited for the lock.
    const action = await prepareAction(deps, tenant, given, options);
    if (action.ephemeral || dryRun) return action;
    await stages.run(
      'store',
      () => deps.store.append([...action.events, ...extra]),
      () => action.actionId,
    );
    return action;
  });
  if (dryRun) return prepared;
  const { actionId, claims } = prepared;
  if (prepared.ephemeral) {
    deps.live.announce({ kind: 'ephemeral', tenant, actionId, claims });
    void sendEphemeral(deps, prepared);
    return prepared;
  }
  deps.live.announce({ kind: 'action', tenant, actionId });
  for (const event of [...prepared.events, ...extra]) {
    if (event.kind === 'status') deps.live.announce({ kind: 'status', tenant, actionId: event.actionId });
  }
  if (options.nextAt === undefined) deps.deliveryQueued.wake();
  return prepared;
}

/**
 * Completes a draft and checks that it may be sent now, before a peer is asked.
 * @throws CloudilloError as {@link prepareAction}, without the signer's errors
 */
export async function checkDraft(
  { store, clock }: Pick<CreateDeps, 'store' | 'clock'>,
  tenant: string,
  given: NewAction,
): Promise<CompleteDraft> {
  const now = Math.floor(clock.wall() / 1000);
  const draft = complete(store, contextOf(store, tenant, draftOf(given, now)), now);
  assertSound(tenant, draft.claims);
  await assertAllowed(store, draft);
  return draft;
}

/** The type and the recipients of a signed action: `POST:TEXT for 3 peers`. */
export function signedText({ claims, to }: Pick<SignedAction, 'claims' | 'to'>): string {
  if (to.length === 0) return claims.t;
  return `${claims.t} for ${to.length === 1 ? to[0] : `${to.length} peers`}`;
}

function untold(): Stages {
  return createStages(() => {});
}

/**
 * Takes the lock of what the action reads before it stores: a relation, a conversation, or an earlier action with the
 * same key.
 */
function withItsLock<T>(deps: CreateDeps, draft: CompleteDraft, task: (deps: CreateDeps) => Promise<T>): Promise<T> {
  const { tenant, type, claims, conversation } = draft;
  if (type === 'FLLW' || type === 'CONN') {
    return withLock(deps, { kind: 'relation', tenant, peer: claims.aud as string }, task);
  }
  if (conversation?.issuer === tenant) {
    return withLock(deps, { kind: 'conversation', tenant, of: conversation.actionId }, task);
  }
  const key = actionKey({ iat: 0, ...claims, iss: tenant, k: '' } as ActionClaims);
  if (key !== null) return withLock(deps, { kind: 'action-key', tenant, of: key }, task);
  return withLock(deps, { kind: 'equal-actions', tenant, of: digestOf(claims) }, task);
}

/** The digest that equal drafts share. */
function digestOf(claims: CompleteDraft['claims']): string {
  const ordered = Object.entries(claims).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(ordered)).digest('base64url');
}

async function sign(
  deps: CreateDeps,
  draft: CompleteDraft,
  { nextAt, alsoTo = [], obstacle }: CreateOptions,
): Promise<PreparedAction> {
  const { store, clock } = deps;
  const { tenant, claims, visibility, rule, conversation, type } = draft;
  const effects = effectsOf(store, draft, clock.wall());
  const ours = conversation?.issuer === tenant ? conversation : null;
  const signed = await signOutgoing(deps, {
    tenant,
    claims,
    visibility,
    to: [...recipientsOf(store, tenant, claims, visibility, clock.wall()), ...unblocked(store, tenant, alsoTo)],
    related: await relatedOf(store, tenant, claims),
    ...(nextAt !== undefined && { nextAt }),
    ...(obstacle && { obstacle }),
  });
  const { actionId, token } = signed;
  const also = [
    ...(type === 'CONV' && draft.subtype === null ? await ownSubscription(deps, tenant, actionId) : []),
    ...(type === 'INVT' && draft.subtype === null && ours ? introduction(deps, draft, ours, nextAt) : []),
    ...(ours && isRelayed(ours, type)
      ? await relayEvents(deps, tenant, ours, { actionId, token, issuer: tenant })
      : []),
  ];
  return {
    ...signed,
    events: rule.ephemeral ? [] : [...signed.events, ...effects, ...also],
    visibility,
    ephemeral: rule.ephemeral,
  };
}

/** The issuer of a conversation subscribes in the same record (specification: Conversations). */
async function ownSubscription(deps: CreateDeps, tenant: string, conversation: string): Promise<JournalEvent[]> {
  const claims = { t: 'SUBS', aud: tenant, sub: conversation, v: 'S' };
  return (await signOutgoing(deps, { tenant, claims, visibility: 'S', to: [] })).events;
}

/**
 * The tenant's own SUBS goes to whom it invites, so that they know the subscribers (specification: Conversations). It
 * follows the invitation, which names the conversation.
 */
function introduction(
  { store, clock }: CreateDeps,
  { tenant, claims }: CompleteDraft,
  { actionId: subject }: ActionRow,
  nextAt: number | undefined,
): JournalEvent[] {
  const own = { types: ['SUBS'], subject, issuer: tenant, statuses: ['A'] as const, limit: 1 };
  const times = { nextAt: nextAt ?? clock.monotonic(), at: clock.wall() };
  for (const { actionId } of store.rows(tenant, { ...own, where: ({ subtype }) => subtype === null })) {
    // Who was invited before has it already.
    if (findDelivery(store, tenant, actionId, claims.aud as string)) return [];
    return [{ kind: 'deliveries', tenant, actionId, to: [claims.aud as string], ...times }];
  }
  return [];
}
