/** Rejects and dismisses actions. */
import type { ActionRow } from '../../store/model/rows.ts';
import { isApproved, isOnWall } from '../outgoing/approve.ts';
import { withLock } from '../runtime/locks.ts';
import type { DecideOptions, Decision } from './accept-action.ts';
import type { CreateDeps } from './create-action.ts';
import { conflict, wrongDecision } from './new-action.ts';
import { setStatus } from './set-status.ts';
import { receivedAction } from './stored-action.ts';

type DecideDeps = Pick<CreateDeps, 'store' | 'clock' | 'locks' | 'live'>;

/**
 * Rejects an action: it is stored as deleted, and its issuer is not told.
 * @throws CloudilloError `store.no-action`, `usage.action` (the tenant's own), `check.state` (accepted already, or
 * nothing to reject)
 */
export function rejectAction(
  deps: DecideDeps,
  tenant: string,
  actionId: string,
  options: DecideOptions = {},
): Promise<Decision> {
  return withLock(deps, { kind: 'decision', tenant, of: actionId }, async (deps) => {
    const { store } = deps;
    const action = receivedAction(store, tenant, actionId);
    const { status } = action;
    if (status === 'D') return { action, changed: false, answer: null };
    const open = status === 'C' || status === 'N' || (isOnWall(tenant, action) && !isApproved(store, tenant, actionId));
    if (!open) throw conflict(`${actionId} awaits no answer`, undo(tenant, action));
    await setStatus(deps, tenant, actionId, 'D', options);
    return { action, changed: true, answer: null };
  });
}

/**
 * Marks a notification as read.
 * @throws CloudilloError `store.no-action`; `usage.action` for an action that awaits an answer
 */
export function dismissAction(
  deps: DecideDeps,
  tenant: string,
  actionId: string,
  options: DecideOptions = {},
): Promise<Decision> {
  return withLock(deps, { kind: 'decision', tenant, of: actionId }, async (deps) => {
    const { store } = deps;
    const action = receivedAction(store, tenant, actionId);
    if (action.status === 'C') {
      const which = `${actionId} --as ${tenant}`;
      const hint = `Answer it with "cloudillo accept ${which}" or "cloudillo reject ${which}"`;
      throw wrongDecision(`${actionId} awaits an answer`, hint);
    }
    if (action.status !== 'N') return { action, changed: false, answer: null };
    await setStatus(deps, tenant, actionId, 'A', options);
    return { action, changed: true, answer: null };
  });
}

/** The hint for a decision that was made before. */
function undo(tenant: string, { actionId, type, issuer }: ActionRow): string {
  if (type === 'CONN') return `End the connection with: cloudillo disconnect ${issuer} --as ${tenant}`;
  return `Hide it with: cloudillo delete ${actionId} --as ${tenant}`;
}
