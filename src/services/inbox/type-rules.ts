import { type Arrival, denied, refused } from './arrival.ts';
import { assertConversationRules } from './conversation-rules.ts';
import type { InboxDeps } from './inbox-deps.ts';
import { awaitsAnswer } from './relation-effects.ts';

type RuleDeps = Pick<InboxDeps, 'store'>;
type TypeRule = (deps: RuleDeps, arrival: Arrival) => Promise<void> | void;

/** What a type demands beyond fields and relation: one function each, `permission.denied` or `token.*` when it fails. */
export const TYPE_RULES: Readonly<Record<string, TypeRule>> = {
  CMNT: (deps, arrival) => assertEnabled(deps, arrival, arrival.claims.p, 'c'),
  REACT: (deps, arrival) => assertEnabled(deps, arrival, arrival.claims.sub, 'r'),
  STAT: assertOwnsCounted,
  FSHR: assertFileIsTheirs,
  REPOST: assertRepostable,
  CONN: assertAsked,
  APRV: assertApprovesOwnWall,
  SUBS: assertConversationRules,
  MSG: assertConversationRules,
  INVT: assertConversationRules,
};

/** Flags: a small letter disables (PROTOCOL.md, Walls). Taking back stays possible. */
async function assertEnabled({ store }: RuleDeps, arrival: Arrival, reference: string | undefined, flag: 'c' | 'r') {
  if (arrival.subtype === 'DEL' || !reference || !store.row(arrival.tenant, reference)) return;
  const target = await store.action(arrival.tenant, reference);
  if (!target?.claims.f?.includes(flag)) return;
  const where = arrival.type === 'CMNT' ? 'parent' : 'subject';
  throw refused('token.flags', `${arrival.type} is disabled on the ${where} action`);
}

/** Counts are told by the action's owner: its audience, whose wall it is on, else its issuer. */
function assertOwnsCounted({ store }: RuleDeps, { tenant, claims }: Arrival): void {
  const counted = claims.p ? store.row(tenant, claims.p) : null;
  const owner = counted?.audience ?? counted?.issuer;
  if (owner !== claims.iss) throw denied(`STAT is taken only from the owner of the action ${claims.p}`);
}

/** A file that we hold came from its owner; nobody else can share it with us. */
function assertFileIsTheirs({ store }: RuleDeps, { tenant, claims, subtype }: Arrival): void {
  if (subtype === 'DEL' || !claims.sub) return;
  const accepted = { types: ['FSHR'], subject: claims.sub, audience: tenant, statuses: ['A'] as const };
  const sharers = [...store.rows(tenant, { ...accepted, where: (row) => row.subtype !== 'DEL' })].map(
    (row) => row.issuer,
  );
  const held = sharers.length > 0 ? !sharers.includes(claims.iss) : store.file(tenant, claims.sub) !== null;
  if (held) throw denied(`The file ${claims.sub} is here from another owner`);
}

/** The original has to be public and somebody else's, and the repost needs an audience: the own idTag, or a wall. */
function assertRepostable({ store }: RuleDeps, { tenant, claims, companions, subtype }: Arrival): void {
  if (claims.aud === undefined) throw refused('token.fields', 'REPOST requires an explicit audience');
  if (subtype === 'DEL' || !claims.sub) return;
  const stored = store.row(tenant, claims.sub);
  const companion = companions.get(claims.sub);
  const issuer = stored?.issuer ?? companion?.iss;
  if (issuer === claims.iss) throw refused('token.subject', 'A REPOST of one’s own action is no repost');
  const visibility = stored ? stored.visibility : companion?.v;
  if ((stored || companion) && visibility !== 'P') throw denied('Only a public action can be reposted');
}

/** An acceptance of what was never asked would connect anybody who likes. */
function assertAsked({ store }: RuleDeps, { tenant, claims, subtype }: Arrival): void {
  if (subtype !== 'ACC') return;
  const relation = store.relation(tenant, claims.iss);
  const ours = store.byKey(tenant, `CONN:${tenant}:${claims.iss}`, tenant);
  const theirs = store.byKey(tenant, `CONN:${claims.iss}:${tenant}`, claims.iss);
  if (relation.connected || awaitsAnswer({ relation, ours, theirs })) return;
  throw denied(`${tenant} has not asked ${claims.iss} to connect`);
}

/** An approval is about the issuer's own wall: what is on it is addressed to them, or by them. */
function assertApprovesOwnWall({ store }: RuleDeps, { tenant, claims, companions }: Arrival): void {
  if (!claims.sub) return;
  const stored = store.row(tenant, claims.sub);
  const companion = companions.get(claims.sub);
  const approved = stored ?? (companion && { issuer: companion.iss, audience: companion.aud ?? null });
  if (!approved || approved.issuer === claims.iss || approved.audience === claims.iss) return;
  throw denied(`${claims.iss} can approve only what is on its own wall`);
}
