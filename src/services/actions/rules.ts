/** The rules that a tenant's own action has to meet. */
import { CloudilloError } from '../../protocol/errors.ts';
import { roleOf } from '../../protocol/roles.ts';
import type { ActionClaims } from '../../protocol/token.ts';
import type { Store } from '../../store/model/store-interface.ts';
import { atLeast, invitationOf, isSubscriber, roleIn } from '../conversations/conversation.ts';
import { isOpenRequest } from '../peers/latest-conns.ts';
import type { CompleteDraft } from './complete.ts';
import { conflict, notAllowed, unknownAction, wrongDraft } from './new-action.ts';

type RuleStore = Pick<Store, 'row' | 'rows' | 'action' | 'terms' | 'byKey' | 'relation' | 'file' | 'treatment'>;
type Rule = (store: RuleStore, draft: CompleteDraft) => Promise<void> | void;

/**
 * Checks the rules of a type beyond fields and content, so that nothing is sent that an inbox would refuse
 * (specification: Action types; Permission; Conversations).
 * @throws CloudilloError `usage.action`, `usage.blocked`, `permission.denied`, `check.flags`, `check.state`,
 * `store.no-action`
 */
export async function assertAllowed(store: RuleStore, draft: CompleteDraft): Promise<void> {
  const { tenant, claims, subtype, type } = draft;
  const { aud } = claims;
  if (subtype !== 'DEL' && aud !== undefined && aud !== tenant) assertNotBlocked(store, tenant, aud);
  if (subtype === 'DEL') assertDeletesOwn(store, draft);
  await RULES[type]?.(store, draft);
}

/**
 * Refuses an action for a blocked peer, whose answer would be refused on arrival. The code is `usage`, because no peer
 * was asked.
 * @throws CloudilloError `usage.blocked`
 */
export function assertNotBlocked(store: Pick<Store, 'treatment'>, tenant: string, peer: string): void {
  if (!store.treatment(tenant, peer).blocked) return;
  throw new CloudilloError('usage.blocked', `${tenant} blocks ${peer}`, {
    stage: 'input',
    hint: `End that first with: cloudillo unblock ${peer} --as ${tenant}`,
  });
}

const RULES: Readonly<Record<string, Rule>> = {
  FLLW: assertSomebodyElse,
  CONN: assertConnectable,
  POST: assertAnswers,
  CMNT: assertAnswers,
  REACT: assertReactable,
  REPOST: assertRepostable,
  APRV: assertOwnWall,
  STAT: assertOwnCounts,
  FSHR: assertOwnFile,
  MSG: assertMayWrite,
  INVT: assertMayInvite,
  SUBS: assertMaySubscribe,
  PRINVT: assertSomebodyElse,
  PRES: assertForSomebody,
};

/** A `:DEL` names in `sub` what it deletes, unless its type is replaced by key. */
function assertDeletesOwn(store: RuleStore, { tenant, claims, type }: CompleteDraft): void {
  const target = claims.sub === undefined ? null : store.row(tenant, claims.sub);
  if (target && target.type === type && target.issuer !== tenant) {
    throw notAllowed(`Only ${target.issuer} may delete ${target.actionId}`);
  }
}

function assertSomebodyElse(_store: RuleStore, { tenant, claims, type }: CompleteDraft): void {
  if (claims.aud === tenant) throw wrongDraft(`${type} is for somebody else, not for ${tenant} itself`);
}

function assertConnectable(store: RuleStore, draft: CompleteDraft): void {
  assertSomebodyElse(store, draft);
  const { tenant, claims, subtype } = draft;
  const peer = claims.aud as string;
  const { connected } = store.relation(tenant, peer);
  if (subtype === null && connected) throw conflict(`${tenant} and ${peer} are connected already`);
  if (subtype === 'ACC' && !connected && !isOpenRequest(store, tenant, peer)) {
    throw conflict(`${peer} has not asked ${tenant} to connect`);
  }
}

/** A small letter in the flags disables a type (specification: Flags). Deletions stay possible. */
async function assertEnabled(
  store: RuleStore,
  { tenant, type, subtype }: CompleteDraft,
  reference: string | undefined,
  flag: 'c' | 'r',
): Promise<void> {
  if (subtype === 'DEL' || reference === undefined || !store.row(tenant, reference)) return;
  const terms = await store.terms(tenant, reference);
  if (!terms?.flags?.includes(flag)) return;
  throw new CloudilloError('check.flags', `${type} is disabled on the ${flag === 'c' ? 'parent' : 'subject'} action`, {
    stage: 'permission',
  });
}

const NAME_OWNER = 'Name its owner: --on IDTAG (--audience with "cloudillo action"). Stored actions: cloudillo actions';

/** When the parent is not stored, the author must name the audience. */
async function assertAnswers(store: RuleStore, draft: CompleteDraft): Promise<void> {
  const { claims, parent } = draft;
  if (claims.p !== undefined && !parent && claims.aud === undefined) {
    throw unknownAction(`${claims.p} is not stored here`, NAME_OWNER);
  }
  await assertEnabled(store, draft, claims.p, 'c');
}

async function assertReactable(store: RuleStore, draft: CompleteDraft): Promise<void> {
  if (draft.claims.aud === undefined) throw unknownAction(`${draft.claims.sub} is not stored here`, NAME_OWNER);
  await assertEnabled(store, draft, draft.claims.sub, 'r');
}

/**
 * The original is a related token, so it must be stored. It must be public and a peer's, and the repost must name its
 * audience.
 */
function assertRepostable(_store: RuleStore, { tenant, claims, subtype, subject }: CompleteDraft): void {
  if (claims.aud === undefined) throw wrongDraft('REPOST requires an explicit audience');
  if (subtype === 'DEL') return;
  if (!subject) throw unknownAction(`The original ${claims.sub} is not stored here`);
  if (subject.issuer === tenant) throw wrongDraft('A REPOST needs an action of another identity');
  if (subject.visibility !== 'P') throw notAllowed('Only a public action can be reposted');
}

/** An action on the tenant's wall is for it or by it. In a conversation the tenant relays instead. */
function assertOwnWall(_store: RuleStore, { tenant, claims, subject, conversation }: CompleteDraft): void {
  if (!subject) throw unknownAction(`${claims.sub} is not stored here`);
  if (subject.issuer === tenant || subject.audience === tenant || conversation?.issuer === tenant) return;
  throw notAllowed(`${tenant} can approve only what is on its own wall`);
}

/** The counts are reported by the action's audience, whose wall it is on, else by its issuer. */
function assertOwnCounts(_store: RuleStore, { tenant, claims, parent }: CompleteDraft): void {
  if (!parent) throw unknownAction(`${claims.p} is not stored here`);
  if ((parent.audience ?? parent.issuer) !== tenant) {
    throw notAllowed(`${tenant} can't report the counts of ${claims.p}, which is another identity's`);
  }
}

/** A file that a peer shared or attached may be shared by its owner only. */
function assertOwnFile(store: RuleStore, draft: CompleteDraft): void {
  assertSomebodyElse(store, draft);
  const { tenant, claims, subtype } = draft;
  if (subtype === 'DEL') return;
  const fileId = claims.sub as string;
  const file = store.file(tenant, fileId);
  if (!file) throw unknownAction(`The file ${fileId} is not stored here`);
  const { owner = tenant } = file;
  if (owner !== tenant) throw notAllowed(`The file ${fileId} is ${owner}'s to share`);
  const shared = { types: ['FSHR'], subject: fileId, audience: tenant, limit: 1 };
  for (const row of store.rows(tenant, shared)) throw notAllowed(`The file ${fileId} is ${row.issuer}'s to share`);
}

/** In a conversation only members write. Elsewhere a message needs an audience. */
async function assertMayWrite(
  store: RuleStore,
  { tenant, claims, subtype, conversation }: CompleteDraft,
): Promise<void> {
  if (!conversation) {
    if (claims.aud === undefined) throw wrongDraft('MSG needs an audience, or a conversation as its parent');
    if (claims.aud === tenant) throw wrongDraft('A MSG goes to another identity or to a conversation');
    return;
  }
  if (subtype !== 'DEL' && !atLeast(await roleIn(store, tenant, conversation, tenant), 'member')) {
    throw notAllowed(`${tenant} does not write in this conversation`);
  }
}

async function assertMayInvite(store: RuleStore, draft: CompleteDraft): Promise<void> {
  assertSomebodyElse(store, draft);
  const { tenant, claims, subtype, conversation } = draft;
  if (!conversation) throw unknownAction(`The conversation ${claims.sub} is not stored here`);
  if (subtype === 'DEL') return;
  const role = await roleIn(store, tenant, conversation, tenant);
  const granted = roleOf(claims as ActionClaims);
  // Nobody grants a higher role than their own.
  if (!atLeast(role, 'moderator') || !atLeast(role, granted ?? 'member')) {
    throw notAllowed(`${tenant} may not invite into this conversation as ${granted ?? 'member'}`);
  }
}

/**
 * An identity may subscribe to an open conversation, to its own, and when invited. The stored CONV says whether it is
 * open.
 */
async function assertMaySubscribe(store: RuleStore, draft: CompleteDraft): Promise<void> {
  const { tenant, claims, subtype, conversation } = draft;
  if (!conversation) {
    if (subtype === null || subtype === 'DEL') return;
    throw unknownAction(`The conversation ${claims.sub} is not stored here`);
  }
  const role = await roleIn(store, tenant, conversation, tenant);
  if (subtype === 'UPD') {
    const granted = roleOf(claims as ActionClaims);
    if (!atLeast(role, 'moderator') || !atLeast(role, granted ?? 'observer')) {
      throw notAllowed(`${tenant} may not change roles in this conversation`);
    }
    return;
  }
  if (subtype === 'DEL' || isSubscriber(store, tenant, conversation, tenant)) return;
  if (invitationOf(store, tenant, conversation, tenant)) return;
  const terms = await store.terms(tenant, conversation.actionId);
  if (terms?.flags?.includes('O')) return;
  throw notAllowed(`${conversation.issuer} has not invited ${tenant} into this conversation`);
}

function assertForSomebody(_store: RuleStore, { claims }: CompleteDraft): void {
  if (claims.aud === undefined) throw wrongDraft('PRES needs an audience, or a subject that has one');
}
