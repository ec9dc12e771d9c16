/** Checks that an arriving action is for this inbox. */
import { conversationOf, takesPart } from '../conversations/conversation.ts';
import { isEndorsed } from '../conversations/endorsement.ts';
import { type AddressedArrival, type Arrival, arrivalOf, refused, type VerifiedArrival } from './arrival.ts';
import type { InboxDeps } from './inbox-deps.ts';
import { relatedClaimsOf } from './related-claims.ts';
import { assertPassed } from './verify-arrival.ts';

/** Checks the recipient. @throws CloudilloError `token.recipient`; `token.type` for a type that no inbox accepts */
export function checkRecipient({ store }: Pick<InboxDeps, 'store'>, verified: VerifiedArrival): AddressedArrival {
  const { tenant, decoded, claims, origin, related = [] } = verified;
  assertPassed(verified.checks);
  const arrival = arrivalOf(decoded, claims, {
    tenant,
    role: origin === 'related' ? 'related' : 'main',
    relatedClaims: relatedClaimsOf(claims.sub, related),
    endorsed: isEndorsed(store, tenant, decoded.actionId, claims),
  });
  assertConcerned({ store }, arrival);
  const addressed = verified as AddressedArrival;
  addressed.type = arrival.type;
  addressed.subtype = arrival.subtype;
  addressed.rule = arrival.rule;
  addressed.key = arrival.key;
  addressed.endorsed = arrival.endorsed;
  addressed.role = arrival.role;
  addressed.relatedClaims = arrival.relatedClaims;
  return addressed;
}

/** A SUBS or INVT for another identity is accepted where its conversation is. Other personal types never are. */
function assertConcerned({ store }: Pick<InboxDeps, 'store'>, { role, type, tenant, claims }: Arrival): void {
  if (role === 'related' || (type !== 'SUBS' && type !== 'INVT') || claims.aud === tenant) return;
  const conversation = conversationOf(store, tenant, [claims.sub]);
  if (conversation && takesPart(store, tenant, conversation)) return;
  throw refused('token.recipient', `${claims.t} is addressed to ${claims.aud}, not to ${tenant}`, 'recipient');
}
