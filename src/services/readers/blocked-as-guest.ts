/** Blocked peers read as guests. */
import type { Store } from '../../store/model/store-interface.ts';
import { type Caller, GUEST } from './caller.ts';

/** Turns a blocked peer into a guest. Its access token may have been issued up to an hour before the block. */
export function asGuestIfBlocked(store: Pick<Store, 'treatment'>, tenant: string, caller: Caller): Caller {
  if (caller.idTag === null || caller.owner) return caller;
  return store.treatment(tenant, caller.idTag).blocked ? GUEST : caller;
}
