/** Finds an action by the beginning of its ID. */
import { CloudilloError } from '../../protocol/errors.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import type { Deps } from '../runtime/deps.ts';

/** The shortest beginning of an ID that is accepted, in characters after `a1~`. */
const SHORTEST = 4;

/**
 * Finds a stored action by its ID or the beginning of its ID.
 * @throws CloudilloError `store.no-action`, `usage.action-id` (ambiguous, or no ID)
 */
export async function findAction(
  store: Pick<Deps['store'], 'row' | 'actionsBeginningWith'>,
  idTag: string,
  id: string,
): Promise<Pick<ActionRow, 'actionId'>> {
  const exact = store.row(idTag, id);
  // The given ID is kept, because the token hashes to it.
  if (exact) return { actionId: id };
  if (!/^a1~[A-Za-z0-9_-]{1,43}$/.test(id) || id.length < 3 + SHORTEST) {
    throw new CloudilloError('usage.action-id', `"${id}" is neither an action ID nor the beginning of one`, {
      stage: 'input',
      hint: `An ID is a1~ and 43 characters; at least the first ${SHORTEST} of them are needed`,
    });
  }
  const found = await store.actionsBeginningWith(idTag, id, 2);
  if (found.length === 1 && found[0]) return { actionId: found[0] };
  if (found.length === 0) throw noAction(idTag, id);
  throw new CloudilloError('usage.action-id', `Several actions begin with ${id}`, {
    stage: 'input',
    hint: `For example ${found.join(' and ')}`,
  });
}

/** The error for an action that is not stored. */
function noAction(idTag: string, id: string): CloudilloError {
  return new CloudilloError('store.no-action', `${idTag} has no action ${id}`, {
    stage: 'store',
    hint: `List them with: cloudillo actions --as ${idTag}`,
  });
}
