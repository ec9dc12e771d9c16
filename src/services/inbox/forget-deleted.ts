/** The notes of arrivals follow a deletion: of a deleted action only its ID stays. */
import type { Deps } from '../runtime/deps.ts';

/** Removes what identifies an action from the notes when it is deleted. @returns stop doing so */
export function forgetDeleted({ live, store, arrivals }: Pick<Deps, 'live' | 'store' | 'arrivals'>): () => void {
  return live.on(({ kind, tenant, actionId }) => {
    if (kind === 'status' && store.row(tenant, actionId)?.status === 'D') arrivals.forget(actionId);
  });
}
