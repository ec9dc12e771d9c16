/** Accepts actions that await an answer. */
import { CloudilloError } from '../../protocol/errors.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import { approvalEvents, isApproved, isOnWall } from '../outgoing/approve.ts';
import type { SignedAction } from '../outgoing/outgoing.ts';
import { withLock } from '../runtime/locks.ts';
import { type CreateDeps, type CreateOptions, createAction } from './create-action.ts';
import { conflict, unknownAction } from './new-action.ts';
import { setStatus } from './set-status.ts';
import { receivedAction } from './stored-action.ts';

/** When the answer may be sent, and whether anything is stored. */
export type DecideOptions = Pick<CreateOptions, 'nextAt' | 'dryRun'>;

/** The result of a decision. */
export interface Decision {
  /** The action as it was before the decision. */
  action: ActionRow;
  /** False when the decision was made before: a success without a change. */
  changed: boolean;
  /** The signed answer: CONN:ACC, SUBS or APRV; null without one. */
  answer: SignedAction | null;
}

/**
 * Accepts an action (specification: Connect; Walls and approval; Conversations): a CONN with CONN:ACC, which connects
 * both; an INVT with SUBS; an action on the tenant's wall with APRV; a FSHR without an answer.
 * @throws CloudilloError `store.no-action`, `usage.action` (the tenant's own), `check.state` (nothing to accept); as
 * `createAction`
 */
export async function acceptAction(
  deps: CreateDeps,
  tenant: string,
  actionId: string,
  options: DecideOptions = {},
): Promise<Decision> {
  return withLock(deps, { kind: 'decision', tenant, of: actionId }, async (deps) => {
    const action = receivedAction(deps.store, tenant, actionId);
    const { type, subtype, status } = action;
    if (type === 'CONN' && subtype === null) return acceptConnection(deps, tenant, action, options);
    // The `:DEL` may arrive at the same time: it must find the approval, or the approval must find the deletion.
    if (isOnWall(tenant, action)) {
      const lock = { kind: 'relation', tenant, peer: action.issuer } as const;
      return withLock(deps, lock, (deps) => approve(deps, tenant, actionId, options));
    }
    if (status === 'A' || status === 'N') return { action, changed: false, answer: null };
    if (status === 'D') throw unknownAction(`${actionId} was deleted or rejected`);
    if (status !== 'C') throw conflict(`${actionId} awaits no answer`);
    if (!action.current) throw withdrawn(tenant, action);
    if (type === 'INVT') return { action, changed: true, answer: await subscribe(deps, tenant, action, options) };
    await setStatus(deps, tenant, actionId, 'A', options);
    return { action, changed: true, answer: null };
  });
}

/** A dismissed CONN can be accepted later: the peer still waits. */
async function acceptConnection(
  deps: CreateDeps,
  tenant: string,
  action: ActionRow,
  options: DecideOptions,
): Promise<Decision> {
  const { issuer } = action;
  if (deps.store.relation(tenant, issuer).connected) {
    if (action.status === 'C') await setStatus(deps, tenant, action.actionId, 'A', options);
    return { action, changed: false, answer: null };
  }
  if (!action.current) throw withdrawn(tenant, action);
  const answer = await createAction(deps, tenant, { type: 'CONN', subType: 'ACC', audienceTag: issuer }, options);
  return { action, changed: true, answer };
}

function withdrawn(tenant: string, { issuer }: ActionRow): CloudilloError {
  const hint = `What awaits an answer: cloudillo actions --status C --as ${tenant}`;
  return conflict(`${issuer} withdrew the request or sent a new one`, hint);
}

/** The conversation may not be stored here. Then its issuer is taken to be who sent the invitation. */
function subscribe(
  deps: CreateDeps,
  tenant: string,
  { actionId, subject, issuer }: ActionRow,
  options: DecideOptions,
): Promise<SignedAction> {
  const conversation = subject === null ? null : deps.store.row(tenant, subject);
  const draft = { type: 'SUBS', subject: subject ?? '', audienceTag: conversation?.issuer ?? issuer };
  const taken: JournalEvent = { kind: 'status', tenant, actionId, status: 'A', at: deps.clock.wall() };
  return createAction(deps, tenant, draft, { ...options, extra: conversation ? [] : [taken] });
}

async function approve(
  deps: CreateDeps,
  tenant: string,
  actionId: string,
  { nextAt, dryRun }: DecideOptions,
): Promise<Decision> {
  const { store, clock, live, deliveryQueued } = deps;
  const action = receivedAction(store, tenant, actionId);
  const { status } = action;
  if (status === 'D') throw unknownAction(`${actionId} was deleted or rejected`);
  if (isApproved(store, tenant, actionId)) return { action, changed: false, answer: null };
  const stored = await store.action(tenant, actionId);
  if (!stored) throw new CloudilloError('store.no-action', `${tenant} has no action ${actionId}`, { stage: 'store' });
  const answer = await approvalEvents(deps, tenant, stored);
  const events = nextAt === undefined ? answer.events : answer.events.map((event) => later(event, nextAt));
  const shown: JournalEvent[] =
    status === 'A' ? [] : [{ kind: 'status', tenant, actionId, status: 'A', at: clock.wall() }];
  const decision = { action, changed: true, answer: { ...answer, events } };
  if (dryRun) return decision;
  await store.append([...events, ...shown]);
  live.announce({ kind: 'action', tenant, actionId: answer.actionId });
  if (shown.length > 0) live.announce({ kind: 'status', tenant, actionId });
  if (nextAt === undefined) deliveryQueued.wake();
  return decision;
}

function later(event: JournalEvent, nextAt: number): JournalEvent {
  return event.kind === 'deliveries' ? { ...event, nextAt } : event;
}
