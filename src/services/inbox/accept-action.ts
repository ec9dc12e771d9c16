import type { ActionClaims, DecodedToken } from '../../protocol/token.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import { conversationOf } from '../conversations/conversation.ts';
import { isEndorsed } from '../conversations/endorsement.ts';
import { isRelayed } from '../conversations/relayed-types.ts';
import { withLock } from '../runtime/locks.ts';
import { type Arrival, type ArrivalContext, arrivalOf, denied } from './arrival.ts';
import type { InboxDeps, Sender } from './inbox-deps.ts';
import { passOn } from './pass-on.ts';
import { assertPermitted } from './permission.ts';
import type { Receipt } from './receipt.ts';
import { storeArrival } from './store-arrival.ts';
import { verifyArrival } from './verify-arrival.ts';

/** What accepting needs besides the token. */
export interface AcceptOptions {
  sender?: Sender | null;
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
  const { tenant, role, companions } = context;
  const { claims, profile } = await verifyArrival(deps, decoded, {
    recipient: role === 'main' ? tenant : undefined,
    powLevel: sender?.powLevel() ?? 0,
  });
  const endorsed = isEndorsed(deps.store, tenant, decoded.actionId, claims);
  const arrival = arrivalOf(decoded, claims, { tenant, role, companions, endorsed });
  return withLocks(deps, arrival, async (deps) => {
    assertNotBlocked(deps, tenant, claims);
    // Asked again under the lock: its twin with the other signature may have come at the same moment.
    const known = deps.store.duplicateOf(tenant, decoded);
    if (known !== null) {
      if (extra.length > 0) await deps.store.append([...extra]);
      return { actionId: known, outcome: 'duplicate' };
    }
    await assertPermitted(deps, arrival);
    const { actionId } = arrival;
    if (arrival.rule.ephemeral) return passOn(deps, arrival);
    await storeArrival(deps, arrival, profile, extra);
    return { actionId, outcome: 'stored' };
  });
}

/** Only once the signature is verified: earlier, anybody could find out whom we have blocked by writing its name into a token. */
function assertNotBlocked({ store }: Pick<InboxDeps, 'store'>, tenant: string, { iss }: ActionClaims): void {
  if (store.standing(tenant, iss).blocked) throw denied(`${tenant} takes nothing from ${iss}`);
}

/** The lock of the relation with the issuer, and of the conversation of ours that the arrival is relayed in. */
function withLocks<T>(deps: InboxDeps, arrival: Arrival, task: (deps: InboxDeps) => Promise<T>): Promise<T> {
  const { tenant, claims, type } = arrival;
  const conversation = conversationOf(deps.store, tenant, [claims.p, claims.sub]);
  const relays = conversation?.issuer === tenant && isRelayed(conversation, type);
  return withLock(deps, { kind: 'relation', tenant, peer: claims.iss }, (deps) =>
    relays ? withLock(deps, { kind: 'conversation', tenant, of: conversation.actionId }, task) : task(deps),
  );
}
