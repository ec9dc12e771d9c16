import { actionId as idOf } from '../../protocol/content-id.ts';
import type { CloudilloError } from '../../protocol/errors.ts';
import type { DecodedToken } from '../../protocol/token.ts';
import { deliveryPause } from '../delivery/delivery-policy.ts';
import { withLock } from '../runtime/locks.ts';
import type { InboxDeps } from './inbox-deps.ts';
import type { Receipt } from './receipt.ts';

/** What a stranger may make us keep without having proved who it is (specification: Parked tokens). */
const PER_ISSUER = 20;
const IN_ALL = 1000;
/** Until the first retry, milliseconds: as for a delivery that failed once. */
const FIRST_PAUSE = deliveryPause(1);

/** The part of an inbox call that is kept: of what came along what the token names, which is all that is ever looked at. */
export interface Parkable {
  tenant: string;
  token: string;
  related?: readonly string[];
}

/**
 * Keeps a token whose issuer can't be asked for its key now, since the network's server won't send it again. The same token
 * again is answered the same.
 * @param reason what fetching the key threw; thrown again when there is no room
 */
export function park(
  deps: Pick<InboxDeps, 'store' | 'clock' | 'locks' | 'tokenParked'>,
  { tenant, token, related = [] }: Parkable,
  { actionId, claims }: DecodedToken,
  reason: unknown,
): Promise<Receipt> {
  const issuer = String(claims.iss);
  // One after the other: tokens that are being parked count, too.
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
