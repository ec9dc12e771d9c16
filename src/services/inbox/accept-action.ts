import type { DecodedToken } from '../../protocol/token.ts';
import type { JournalEvent } from '../../store/events.ts';
import { inRelationTurn } from '../relation-turn.ts';
import { type ArrivalContext, arrivalOf } from './arrival.ts';
import { isEndorsed } from './endorsement.ts';
import type { InboxDeps, Sender } from './inbox-deps.ts';
import { assertPermitted } from './permission.ts';
import type { Receipt } from './receipt.ts';
import { storeArrival } from './store-arrival.ts';
import { verifyArrival } from './verify-arrival.ts';

/** What accepting needs besides the token. */
export interface AcceptOptions {
  sender?: Sender;
  /** Stored along with the action. */
  extra?: readonly JournalEvent[];
}

/**
 * Verifies, asks for leave and stores: the same for a token that comes by itself, along with another, or out of parking.
 * @throws CloudilloError see `receiveAction`
 */
export async function acceptAction(
  deps: InboxDeps,
  decoded: DecodedToken,
  context: Omit<ArrivalContext, 'endorsed'>,
  { sender, extra = [] }: AcceptOptions = {},
): Promise<Receipt> {
  const { claims, profile } = await verifyArrival(deps, decoded, {
    ...(context.role === 'main' && { recipient: context.tenant }),
    powLevel: sender?.powLevel() ?? 0,
  });
  const { tenant } = context;
  const endorsed = isEndorsed(deps.store, tenant, decoded.actionId, claims);
  const arrival = arrivalOf(decoded, claims, { ...context, endorsed });
  return inRelationTurn(deps.store, tenant, claims.iss, async () => {
    // Asked again in turn: its twin with the other signature may have come at the same moment.
    const known = deps.store.duplicateOf(tenant, decoded.token);
    if (known !== null) {
      if (extra.length > 0) await deps.store.append([...extra]);
      return { actionId: known, outcome: 'duplicate' };
    }
    await assertPermitted(deps, arrival);
    const { actionId } = arrival;
    if (arrival.rule.ephemeral) {
      deps.passOn(tenant, actionId, claims);
      return { actionId, outcome: 'passed-on' };
    }
    await storeArrival(deps, arrival, profile, extra);
    return { actionId, outcome: 'stored' };
  });
}
