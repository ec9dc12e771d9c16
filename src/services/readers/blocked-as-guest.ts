import type { Store } from '../../store/model/store-interface.ts';
import { type Caller, GUEST } from './caller.ts';

/** A blocked peer sees what everybody sees, whatever token it holds: the one it got before it was blocked may last an hour. */
export function asGuestIfBlocked(store: Pick<Store, 'standing'>, tenant: string, caller: Caller): Caller {
  if (caller.idTag === null || caller.owner) return caller;
  return store.standing(tenant, caller.idTag).blocked ? GUEST : caller;
}
