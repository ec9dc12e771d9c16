/** Parks tokens whose issuer's key can't be fetched now (specification: Parked tokens). */
import { actionId as idOf } from '../../protocol/content-id.ts';
import type { CloudilloError } from '../../protocol/errors.ts';
import type { DecodedToken } from '../../protocol/token.ts';
import { deliveryPause } from '../delivery/delivery-policy.ts';
import { withLock } from '../runtime/locks.ts';
import type { InboxDeps } from './inbox-deps.ts';
import type { Receipt } from './receipt.ts';

/** The most parked tokens of one issuer, which hasn't proved its identity (specification: Parked tokens). */
const PER_ISSUER = 20;
const IN_ALL = 1000;
/** The pause until the first retry, milliseconds: as for a delivery after its first failure. */
const FIRST_PAUSE = deliveryPause(1);

/**
 * The part of an arrival that is parked. Of the related tokens only the one that the token names is kept, because no other is
 * read later.
 */
export interface Parkable {
  tenant: string;
  token: string;
  related?: readonly string[];
}

/**
 * Stores a token whose issuer's key can't be fetched now, because the network's server won't send it again. A repeated token gets
 * the same answer.
 * @param reason the error of fetching the key; it is thrown when there is no room
 */
export function park(
  deps: Pick<InboxDeps, 'store' | 'clock' | 'locks' | 'tokenParked'>,
  { tenant, token, related = [] }: Parkable,
  { actionId, claims }: DecodedToken,
  reason: unknown,
): Promise<Receipt> {
  const issuer = String(claims.iss);
  // One token at a time: tokens that are being stored count, too.
  return withLock(deps, { kind: 'parking' }, async (deps) => {
    const all = deps.store.parked();
    const same = all.filter((parked) => parked.issuer === issuer);
    if (!same.some((parked) => parked.tenant === tenant && parked.actionId === actionId)) {
      if (same.length >= PER_ISSUER || all.length >= IN_ALL) throw reason as CloudilloError;
      const at = deps.clock.wall();
      const named = related.filter((each) => idOf(each) === claims.sub).slice(0, 1);
      const tokens = { token, ...(named.length > 0 && { related: named }) };
      const nextAt = deps.clock.monotonic() + FIRST_PAUSE;
      await deps.store.append([{ kind: 'parked', tenant, actionId, ...tokens, issuer, attempts: 1, nextAt, at }]);
      deps.tokenParked.wake();
    }
    return { actionId, outcome: 'parked' };
  });
}
