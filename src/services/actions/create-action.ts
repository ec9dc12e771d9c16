import { createHash } from 'node:crypto';
import { actionKey } from '../../protocol/action-types.ts';
import type { ErrorObject } from '../../protocol/errors.ts';
import type { ActionClaims } from '../../protocol/token.ts';
import type { Visibility } from '../../protocol/visibility.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import { isRelayed } from '../conversations/relayed-types.ts';
import { type SignedAction, signOutgoing } from '../outgoing/outgoing.ts';
import { relayEvents } from '../outgoing/relay.ts';
import type { Deps } from '../runtime/deps.ts';
import { withLock } from '../runtime/locks.ts';
import { createStages, type Stages } from '../runtime/stages.ts';
import { type CompleteDraft, complete } from './complete.ts';
import { contextOf } from './context.ts';
import { effectsOf } from './effects.ts';
import { assertSound, draftOf, type NewAction } from './new-action.ts';
import { passOn } from './pass-on.ts';
import { recipientsOf, relatedOf, unblocked } from './recipients.ts';
import { assertAllowed } from './rules.ts';

/** What creating an action needs. */
export interface CreateDeps
  extends Pick<Deps, 'store' | 'signer' | 'clock' | 'log' | 'locks' | 'live' | 'deliveryQueued'> {
  /** For what is passed on live only. */
  api: Pick<Deps['api'], 'postInbox'>;
}

/** A signed action with all that it changes here: `events` belong into one append. */
export interface PreparedAction extends SignedAction {
  /** As it is kept here, and as the token says. */
  visibility: Visibility;
  /** Passed on live: nothing of it is stored (PRES). */
  ephemeral: boolean;
}

/** Besides the draft. */
export interface CreateOptions {
  /** Stored in the same record. */
  extra?: readonly JournalEvent[];
  /** Goes to these as well: those who have what it takes back. */
  alsoTo?: readonly string[];
  /** When the queue may send it; default at once. Whoever says so delivers it, and wakes the queue then. Unix milliseconds. */
  nextAt?: number;
  /** Why it isn't sent before `nextAt`: kept with its deliveries, for whoever asks what they wait for. */
  obstacle?: ErrorObject;
  /** Stores nothing and tells nobody: everything else is done as ever. */
  dryRun?: boolean;
  /** Tells of signing and storing as stages of their own. */
  stages?: Stages;
}

/**
 * Checks, completes and signs what an owner wants to say, and lays out all that it changes here. Stores nothing: for a dry run,
 * and for callers that store more with it (under the lock that {@link createAction} takes).
 * @throws CloudilloError `usage.action`, `usage.id-tag`, `usage.blocked`, `permission.denied`, `check.flags`, `check.state`,
 * `store.no-action`; what the signer throws
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
 * Says something as an identity of this home: prepares it, stores it with all it changes in ONE record, tells whoever watches, and
 * wakes the queue. What is passed on live only is sent at once and forgotten.
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
    // Checked again: what it rests on may have changed while it waited for the lock.
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
    deps.live.announce({ kind: 'passed-on', tenant, actionId, claims });
    void passOn(deps, prepared);
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
 * A draft that may be sent as things are now, completed: for whoever asks others before it is signed.
 * @throws CloudilloError as {@link prepareAction}, but for the signer's
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

/** What was signed, and for whom: `POST:TEXT for 3 peers`. */
export function signedText({ claims, to }: Pick<SignedAction, 'claims' | 'to'>): string {
  if (to.length === 0) return claims.t;
  return `${claims.t} for ${to.length === 1 ? to[0] : `${to.length} peers`}`;
}

function untold(): Stages {
  return createStages(() => {});
}

/** Whatever reads a relation, a subscription or an earlier action with the same key or claims, and then stores, waits for its like. */
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

/** The same for drafts that say the same. */
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

/** Whoever makes a conversation subscribes to it in the same breath (specification: Conversations). */
async function ownSubscription(deps: CreateDeps, tenant: string, conversation: string): Promise<JournalEvent[]> {
  const claims = { t: 'SUBS', aud: tenant, sub: conversation, v: 'S' };
  return (await signOutgoing(deps, { tenant, claims, visibility: 'S', to: [] })).events;
}

/**
 * Our own SUBS goes to whom we invite, so that they know who is in (specification: Conversations): behind the invitation, without
 * which they wouldn't know in what.
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
    return [{ kind: 'deliveries', tenant, actionId, to: [claims.aud as string], ...times }];
  }
  return [];
}
