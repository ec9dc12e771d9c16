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

/** When what is signed in answer may be sent, and whether anything is stored at all. */
export type DecideOptions = Pick<CreateOptions, 'nextAt' | 'dryRun'>;

/** What a decision led to. */
export interface Decision {
  /** What it was about, as it was before. */
  action: ActionRow;
  /** Was anything changed? A decision that was taken already is a success without a change. */
  changed: boolean;
  /** What was signed in answer: CONN:ACC, SUBS, APRV. */
  answer: SignedAction | null;
}

/**
 * Says yes (specification: Connect; Walls and approval; Conversations): to a CONN with CONN:ACC, which connects both; to an INVT with SUBS; to
 * what is put on our wall with APRV; to a FSHR by taking it.
 * @throws CloudilloError `store.no-action`, `usage.action` (our own), `check.state` (nothing to accept); as `createAction`
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
    // What takes it back may arrive at the same moment: it has to find the approval, or this the deletion.
    if (isOnWall(tenant, action)) {
      const lock = { kind: 'relation', tenant, peer: action.issuer } as const;
      return withLock(deps, lock, (deps) => approve(deps, tenant, actionId, options));
    }
    if (status === 'A' || status === 'N') return { action, changed: false, answer: null };
    if (status === 'D') throw unknownAction(`${actionId} was deleted or rejected`);
    if (status !== 'C') throw conflict(`${actionId} awaits no answer`);
    if (!action.current) throw takenBack(tenant, action);
    if (type === 'INVT') return { action, changed: true, answer: await subscribe(deps, tenant, action, options) };
    await setStatus(deps, tenant, actionId, 'A', options);
    return { action, changed: true, answer: null };
  });
}

/** One that was turned down without a word can be accepted later: the peer still waits. */
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
  if (!action.current) throw takenBack(tenant, action);
  const answer = await createAction(deps, tenant, { type: 'CONN', subType: 'ACC', audienceTag: issuer }, options);
  return { action, changed: true, answer };
}

function takenBack(tenant: string, { issuer }: ActionRow): CloudilloError {
  const hint = `What awaits an answer: cloudillo actions --status C --as ${tenant}`;
  return conflict(`${issuer} took it back, or asked again since`, hint);
}

/** The conversation may not be here: its maker then, who invited us. */
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
