/** The rules of single types for arriving actions. */
import { splitType } from '../../protocol/action-types.ts';
import type { ActionClaims } from '../../protocol/token.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import { conversationOf, isSubscribable, isSubscriber } from '../conversations/conversation.ts';
import { mayCarry } from '../conversations/endorsement.ts';
import { awaitsAnswer } from '../peers/relation-effects.ts';
import { readershipOf } from '../readers/reader.ts';
import { type Arrival, denied, refused } from './arrival.ts';
import { assertConversationRules } from './conversation-rules.ts';
import type { InboxDeps } from './inbox-deps.ts';

type RuleDeps = Pick<InboxDeps, 'store'>;
type TypeRule = (deps: RuleDeps, arrival: Arrival) => Promise<void> | void;

/** A rule for each type with demands beyond fields and relation. A rule throws `permission.denied` or `token.*`. */
export const TYPE_RULES: Readonly<Record<string, TypeRule>> = {
  CMNT: (deps, arrival) => assertEnabled(deps, arrival, arrival.claims.p, 'c'),
  REACT: (deps, arrival) => assertEnabled(deps, arrival, arrival.claims.sub, 'r'),
  STAT: assertOwnsCounted,
  FSHR: assertFileIsTheirs,
  REPOST: assertRepostable,
  CONN: assertAsked,
  APRV: assertApproves,
  PRES: assertPresent,
  SUBS: assertConversationRules,
  MSG: assertConversationRules,
  INVT: assertConversationRules,
};

/** Checks the flags of the parent or subject. A small letter disables a type (specification: Flags). Deleting stays possible. */
async function assertEnabled({ store }: RuleDeps, arrival: Arrival, reference: string | undefined, flag: 'c' | 'r') {
  if (arrival.subtype === 'DEL' || !reference || !store.row(arrival.tenant, reference)) return;
  const terms = await store.terms(arrival.tenant, reference);
  if (!terms?.flags?.includes(flag)) return;
  const where = arrival.type === 'CMNT' ? 'parent' : 'subject';
  throw refused('token.flags', `${arrival.type} is disabled on the ${where} action`, 'flags');
}

/** A STAT comes from whoever counts: the audience of the action, on whose wall it is, else its issuer. */
function assertOwnsCounted({ store }: RuleDeps, { tenant, claims }: Arrival): void {
  const counted = claims.p ? store.row(tenant, claims.p) : null;
  const owner = counted?.audience ?? counted?.issuer;
  if (owner !== claims.iss) throw denied(`STAT is taken only from the owner of the action ${claims.p}`, 'ownership');
}

/** A stored file came from its owner, by a share or as an attachment. Nobody else can share it with the tenant. */
function assertFileIsTheirs({ store }: RuleDeps, { tenant, claims, subtype }: Arrival): void {
  if (subtype === 'DEL' || !claims.sub) return;
  const accepted = { types: ['FSHR'], subject: claims.sub, audience: tenant, statuses: ['A'] as const };
  const key = `FSHR:${claims.sub}:${tenant}`;
  const sharers = Array.from(
    store.rows(tenant, { ...accepted, where: (row) => row.subtype !== 'DEL' }),
    (row) => row.issuer,
  );
  if (sharers.includes(claims.iss)) return;
  // An owner who unshared the file shares it no longer.
  const shared = sharers.some((issuer) => store.byKey(tenant, key, issuer)?.subtype !== 'DEL');
  const held = store.file(tenant, claims.sub);
  if (shared || (held !== null && held.owner !== claims.iss))
    throw denied(`The file ${claims.sub} is here from another owner`, 'ownership');
}

/** The original has to be public and another identity's. The repost needs an audience: the issuer itself, or a wall. */
function assertRepostable({ store }: RuleDeps, { tenant, claims, relatedClaims, subtype }: Arrival): void {
  if (claims.aud === undefined) throw refused('token.fields', 'REPOST requires an explicit audience', 'fields');
  if (subtype === 'DEL' || !claims.sub) return;
  const stored = store.row(tenant, claims.sub);
  const relatedClaim = relatedClaims.get(claims.sub);
  const issuer = stored?.issuer ?? relatedClaim?.iss;
  if (issuer === claims.iss) throw refused('token.subject', 'A REPOST of one’s own action is no repost', 'ownership');
  const visibility = stored ? stored.visibility : relatedClaim?.v;
  if ((stored || relatedClaim) && visibility !== 'P')
    throw denied('Only a public action can be reposted', 'visibility');
}

/** A CONN:ACC has to answer a request of the tenant. Otherwise anybody could connect. */
function assertAsked({ store }: RuleDeps, { tenant, claims, subtype }: Arrival): void {
  if (subtype !== 'ACC') return;
  const relation = store.relation(tenant, claims.iss);
  const ours = store.byKey(tenant, `CONN:${tenant}:${claims.iss}`, tenant);
  const theirs = store.byKey(tenant, `CONN:${claims.iss}:${tenant}`, claims.iss);
  if (relation.connected || awaitsAnswer({ relation, ours, theirs })) return;
  throw denied(`${tenant} has not asked ${claims.iss} to connect`, 'request');
}

/** An APRV approves an action on the issuer's wall, or relays one of the issuer's conversation. */
function assertApproves({ store }: RuleDeps, { tenant, claims, relatedClaims }: Arrival): void {
  const about = claims.sub === undefined ? null : referredTo({ store }, tenant, claims.sub, relatedClaims);
  const conversation = claims.p === undefined ? null : store.row(tenant, claims.p);
  if (conversation) assertRelays({ store }, tenant, claims.iss, conversation, about);
  // The subject never arrived: the approval has no effect.
  if (conversation || !about) return;
  const carrier = { type: 'APRV', parent: claims.p ?? null };
  if (!mayCarry(store, tenant, carrier, about.type)) throw denied(`${about.type} needs nobody’s approval`, 'approval');
  if (about.issuer === claims.iss || about.audience === claims.iss) return;
  throw denied(`${claims.iss} can approve only what is on its own wall`, 'approval');
}

/** Only the owner of a conversation relays in it, and only actions of the conversation. */
function assertRelays(
  { store }: RuleDeps,
  tenant: string,
  issuer: string,
  conversation: ActionRow,
  about: ReferredTo | null,
): void {
  if (!isSubscribable(conversation) || conversation.issuer !== issuer) {
    throw denied(`${issuer} relays nothing in a conversation that is not its own`, 'approval');
  }
  if (!about) return;
  const home = conversationOf(store, tenant, [about.parent, about.subject]);
  if (home?.actionId === conversation.actionId && mayCarry(store, tenant, RELAY_OF(conversation), about.type)) return;
  throw denied(`What ${issuer} relays does not belong to the conversation`, 'approval');
}

/**
 * A PRES is about its issuer, the tenant, or an action that the issuer may read. In a conversation it comes from a subscriber.
 */
function assertPresent({ store }: RuleDeps, { tenant, claims }: Arrival): void {
  const { iss, sub = '' } = claims;
  if (sub.startsWith('@') && sub !== `@${iss}` && sub !== `@${tenant}`) {
    throw denied(`${iss} can’t tell how ${sub.slice(1)} is`, 'presence');
  }
  const readership = readershipOf(store, tenant, { idTag: iss, owner: iss === tenant });
  for (const id of [claims.p, claims.sub]) {
    const row = id === undefined ? null : store.row(tenant, id);
    if (!row) continue;
    const conversation = conversationOf(store, tenant, [row.actionId]);
    const mayKnow = conversation ? isSubscriber(store, tenant, conversation, iss) : readership.mayRead(row);
    if (!mayKnow) throw denied(`${iss} has nothing to do with ${row.actionId}`, 'presence');
  }
}

/** The part of a referenced action that the rules need. */
type ReferredTo = Pick<ActionRow, 'type' | 'issuer' | 'audience' | 'parent' | 'subject'>;

const RELAY_OF = ({ actionId }: ActionRow) => ({ type: 'APRV', parent: actionId });

/** A referenced action as stored, else as in the related token. */
function referredTo(
  { store }: RuleDeps,
  tenant: string,
  id: string,
  relatedClaims: Arrival['relatedClaims'],
): ReferredTo | null {
  const relatedClaim = relatedClaims.get(id);
  return store.row(tenant, id) ?? (relatedClaim ? rowOf(relatedClaim) : null);
}

function rowOf({ t, iss, aud, p, sub }: ActionClaims): ReferredTo {
  const { type } = splitType(String(t));
  return { type, issuer: iss, audience: aud ?? null, parent: p ?? null, subject: sub ?? null };
}
