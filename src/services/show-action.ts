import { CloudilloError } from '../protocol/errors.ts';
import type { ActionRow, Delivery } from '../store/rows.ts';
import { type ActionSummary, summarise } from './action-summary.ts';
import type { Deps } from './deps.ts';
import { ownIdentity } from './own-identity.ts';

/** One action with what happened to it. */
export interface ShowActionResult {
  /** Whose store it is in. */
  idTag: string;
  action: ActionSummary;
  /** To whom it was sent. Times are unix milliseconds. */
  deliveries: Pick<Delivery, 'to' | 'state' | 'attempts' | 'nextAt' | 'error'>[];
}

/** Shorter beginnings of an ID are a slip, not a name. Characters after `a1~`. */
const SHORTEST = 4;

/**
 * One stored action, by its ID or the beginning of it.
 * @throws CloudilloError `store.no-action`, `usage.action-id` (ambiguous or no ID), `store.damaged`, `home.identity-missing`
 */
export async function showAction(
  { store, identities }: Pick<Deps, 'store' | 'identities'>,
  input: { as?: string | undefined; actionId: string; tokens?: boolean | undefined },
): Promise<ShowActionResult> {
  const { idTag } = await ownIdentity(identities, input.as);
  const { actionId } = findRow(store, idTag, input.actionId);
  const action = await store.action(idTag, actionId);
  if (!action) throw notHere(idTag, actionId);
  const deliveries = store
    .deliveries({ tenant: idTag, actionId })
    .map(({ to, state, attempts, nextAt, error }) => ({ to, state, attempts, nextAt, error }));
  return { idTag, action: summarise(action, input.tokens ?? false), deliveries };
}

function findRow(store: Deps['store'], idTag: string, id: string): Pick<ActionRow, 'actionId'> {
  const exact = store.row(idTag, id);
  if (exact) return exact;
  if (!/^a1~[A-Za-z0-9_-]{1,43}$/.test(id) || id.length < 3 + SHORTEST) {
    throw new CloudilloError('usage.action-id', `"${id}" is neither an action ID nor the beginning of one`, {
      stage: 'input',
      hint: `An ID is a1~ and 43 characters; at least the first ${SHORTEST} of them are needed`,
    });
  }
  const found: string[] = [];
  for (const row of store.rows(idTag, { where: ({ actionId }) => actionId.startsWith(id), limit: 2 })) {
    found.push(row.actionId);
  }
  if (found.length === 1 && found[0]) return { actionId: found[0] };
  if (found.length === 0) throw notHere(idTag, id);
  throw new CloudilloError('usage.action-id', `Several actions begin with ${id}`, {
    stage: 'input',
    hint: `For example ${found.join(' and ')}`,
  });
}

function notHere(idTag: string, id: string): CloudilloError {
  return new CloudilloError('store.no-action', `${idTag} has no action ${id}`, {
    stage: 'store',
    hint: 'List them with: cloudillo actions',
  });
}
