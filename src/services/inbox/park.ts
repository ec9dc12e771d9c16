/** Parks tokens whose issuer's key can't be fetched now (specification: Parked tokens). */
import { isLocalFailure } from '../../federation/http/network-failure.ts';
import { actionId as idOf } from '../../protocol/content-id.ts';
import type { CloudilloError } from '../../protocol/errors.ts';
import type { DecodedToken } from '../../protocol/token.ts';
import { deliveryPause } from '../delivery/delivery-policy.ts';
import { assertStrangerMayStore, isStranger, type StrangerDeps } from '../peers/stranger-limits.ts';
import { withLock } from '../runtime/locks.ts';
import type { InboxDeps } from './inbox-deps.ts';
import type { Receipt } from './receipt.ts';

/** The pause until the first retry, milliseconds: as for a delivery after its first failure. */
export const FIRST_PAUSE = deliveryPause(1);

/**
 * The part of an arrival that is parked. Of the related tokens only the one that the token names is kept, because no other is
 * read later.
 */
export interface Parkable {
  tenant: string;
  token: string;
  related?: readonly string[];
  /** The network block of the address that sent it. */
  network?: string | null | undefined;
}

/**
 * Stores a token whose issuer's key can't be fetched now, because the network's server won't send it again. A repeated token gets
 * the same answer.
 * @param reason the error of fetching the key; it is thrown when there is no room
 * @throws CloudilloError also `store.low`, `rate.quota`
 */
export function park(
  deps: Pick<InboxDeps, 'locks' | 'tokenParked' | 'places'> & StrangerDeps,
  { tenant, token, related = [], network = null }: Parkable,
  { actionId, claims }: DecodedToken,
  reason: unknown,
): Promise<Receipt> {
  const issuer = String(claims.iss);
  // One token at a time: tokens that are being stored count, too.
  return withLock(deps, { kind: 'parking' }, async (deps) => {
    const { store, clock } = deps;
    const known = store.parked({ tenant, issuer }).find((parked) => parked.actionId === actionId);
    const nextAt = known?.nextAt ?? clock.monotonic() + FIRST_PAUSE;
    if (!known) {
      const named = related.filter((each) => idOf(each) === claims.sub).slice(0, 1);
      const bytes = [token, ...named].reduce((sum, { length }) => sum + length, 0);
      const candidate = { tenant, actionId, issuer, bytes, network };
      if (!deps.places.hasRoom(store, candidate)) throw reason as CloudilloError;
      if (isStranger(store, tenant, issuer)) await assertStrangerMayStore(deps, { tenant, issuer: null, bytes });
      const at = clock.wall();
      const tokens = { token, ...(named.length > 0 && { related: named }) };
      const attempts = isLocalFailure(reason) ? 0 : 1;
      await store.append([{ kind: 'parked', tenant, actionId, ...tokens, issuer, attempts, nextAt, at }]);
      deps.places.took(candidate);
      deps.tokenParked.wake();
    }
    // One that is due is tried any moment.
    const pause = Math.max(0, nextAt - clock.monotonic());
    return { actionId, outcome: 'parked', parkedUntil: clock.wall() + pause };
  });
}
