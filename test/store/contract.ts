import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { ActionClaims } from '../../src/protocol/claims.ts';
import { actionId, blobId, contentId } from '../../src/protocol/content-id.ts';
import { decodeToken } from '../../src/protocol/token.ts';
import type {
  ActionEvent,
  AliasEvent,
  DeliveriesEvent,
  DeliveryEvent,
  JournalEvent,
  RelationEvent,
} from '../../src/store/model/events.ts';
import type {
  ActionList,
  ActionQuery,
  DeliveryFilter,
  DueCircuit,
  FileListing,
  FileRow,
} from '../../src/store/model/rows.ts';
import type { Store } from '../../src/store/model/store-interface.ts';
import { action, codeOf, fakeToken, TENANT } from '../support/store-fixtures.ts';
import { storeModel } from './model.ts';

/** Opens an empty store that is closed when the test is done. */
export type OpenStore = () => Promise<Store>;

const ids = ({ actions }: ActionList): string[] => actions.map((found) => found.actionId);

const textOf = async (opening: Promise<Readable | null>): Promise<string> => text((await opening) ?? Readable.from([]));

/** What every store does, whatever it keeps things in. */
export function storeContract(name: string, open: OpenStore): void {
  describe(`${name}: actions`, () => {
    actionContract(open);
  });
  describe(`${name}: lists`, () => {
    listContract(open);
  });
  describe(`${name}: keys`, () => {
    keyContract(open);
  });
  describe(`${name}: duplicates`, () => {
    duplicateContract(open);
  });
  describe(`${name}: the rest`, () => {
    restContract(open);
  });
  describe(`${name}: blobs`, () => {
    blobContract(open);
  });
  storeModel(name, open);
}

function actionContract(open: OpenStore): void {
  it('gives an action back byte for byte, with what its claims say', async () => {
    const store = await open();
    const event = action(
      { t: 'REACT:LIKE', aud: TENANT, sub: '@carol.example', exp: 1_800_000_000, p: contentId('a1', 'x'), v: 'C' },
      { direction: 'out', status: 'C', receivedAt: 5 },
    );
    await store.append([event]);
    const found = await store.action(TENANT, event.actionId);
    expect(found).toEqual({
      actionId: event.actionId,
      type: 'REACT',
      subtype: 'LIKE',
      issuer: 'alice.example',
      audience: TENANT,
      parent: contentId('a1', 'x'),
      subject: '@carol.example',
      status: 'C',
      visibility: 'C',
      createdAt: 1_700_000_000,
      receivedAt: 5,
      expiresAt: 1_800_000_000,
      direction: 'out',
      current: true,
      token: event.token,
      claims: expect.objectContaining({ t: 'REACT:LIKE', k: '260101' }),
    });
    expect(store.row(TENANT, event.actionId)).toMatchObject({ actionId: event.actionId, status: 'C' });
  });

  it('keeps non-ASCII content as it was', async () => {
    const store = await open();
    const event = action({ c: 'Grüße aus Łódź 🚂 \u2028', iss: 'münchen.example' });
    await store.append([event]);
    expect((await store.action(TENANT, event.actionId))?.claims).toMatchObject({ c: 'Grüße aus Łódź 🚂 \u2028' });
    expect(store.row(TENANT, event.actionId)?.issuer).toBe('münchen.example');
  });

  it('takes the visibility that was resolved on arrival over the claim', async () => {
    const store = await open();
    const event = action({ v: 'P' }, { visibility: 'F' });
    await store.append([event]);
    expect(store.row(TENANT, event.actionId)?.visibility).toBe('F');
  });

  it('says null for what another tenant has, and for what is no ID', async () => {
    const store = await open();
    const event = action({});
    await store.append([event]);
    expect(await store.action('carol.example', event.actionId)).toBeNull();
    expect(store.row('carol.example', event.actionId)).toBeNull();
    expect(await store.action(TENANT, 'a1~nonsense')).toBeNull();
    expect(await store.action(TENANT, '')).toBeNull();
  });

  it('changes a status', async () => {
    const store = await open();
    const event = action({});
    await store.append([event]);
    await store.append([{ kind: 'status', tenant: TENANT, actionId: event.actionId, status: 'D', at: 1 }]);
    expect(store.row(TENANT, event.actionId)?.status).toBe('D');
    expect((await store.action(TENANT, event.actionId))?.status).toBe('D');
  });

  it.each([
    ['an ID that is another token’s', { actionId: contentId('a1', 'other') }, 'store.event'],
    ['what isn’t a token', { token: 'a.b.c', actionId: actionId('a.b.c') }, 'token.malformed'],
    ['an event of no tenant', { tenant: '' }, 'store.event'],
    ['an event of an unknown kind', { kind: 'nonsense' as 'action' }, 'store.event'],
    ['an unknown status', { status: 'X"' as 'A' }, 'store.event'],
    ['an unknown direction', { direction: 'up' as 'in' }, 'store.event'],
    ['an unknown visibility', { visibility: '"' as 'P' }, 'store.event'],
    ['no time of arrival', { receivedAt: Number.NaN }, 'store.event'],
  ] as [string, Partial<ActionEvent>, string][])('refuses %s and stores nothing', async (_name, wrong, code) => {
    const store = await open();
    const good = action({});
    expect(await codeOf(store.append([good, action({ c: 'second' }, wrong)]))).toBe(code);
    expect(store.row(TENANT, good.actionId)).toBeNull();
    expect(store.stats()).toMatchObject({ records: 0, actions: 0 });
  });

  it('refuses a token whose claims have the wrong shape', async () => {
    const store = await open();
    expect(await codeOf(store.append([action({ iat: 'soon' as unknown as number })]))).toBe('token.claims');
  });

  it('stores what was given to it before it was closed', async () => {
    const store = await open();
    const event = action({});
    const appended = store.append([event]);
    await store.close();
    await appended;
    expect(store.row(TENANT, event.actionId)).not.toBeNull();
  });

  it('refuses to append and read when closed, and closes twice without harm', async () => {
    const store = await open();
    const event = action({});
    await store.append([event]);
    await store.close();
    await store.close();
    expect(await codeOf(store.action(TENANT, event.actionId))).toBe('store.closed');
    expect(await codeOf(store.append([action({})]))).toBe('store.closed');
  });

  it('finds the start of a thread, however deep, and the nearest known when the start isn’t here', async () => {
    const store = await open();
    const unknown = contentId('a1', 'not here');
    const root = action({ p: unknown });
    await store.append([root]);
    let parent = root.actionId;
    for (let depth = 0; depth < 50; depth += 1) {
      const reply = action({ t: 'CMNT', p: parent, c: `${depth}` });
      await store.append([reply]);
      parent = reply.actionId;
    }
    expect(store.rootId(TENANT, parent)).toBe(unknown);
    const alone = action({});
    await store.append([alone]);
    expect(store.rootId(TENANT, alone.actionId)).toBe(alone.actionId);
    expect(store.rootId(TENANT, unknown)).toBeNull();
  });
}

function listContract(open: OpenStore): void {
  const filled = async (count: number): Promise<{ store: Store; events: ActionEvent[] }> => {
    const store = await open();
    const events = Array.from({ length: count }, (_, n) =>
      action({
        iat: 1000 + Math.floor(n / 2),
        c: `${n}`,
        iss: n % 3 ? 'alice.example' : 'carol.example',
        t: n % 2 ? 'POST' : 'MSG',
      }),
    );
    await store.append(events);
    return { store, events };
  };

  it('lists newest first, ties by arrival, page by page without a gap or a repeat', async () => {
    const { store, events } = await filled(25);
    const newest = events.map(({ actionId: id }) => id).reverse();
    const seen: string[] = [];
    let after: ActionQuery['after'];
    for (;;) {
      const page = await store.list(TENANT, { limit: 7, after });
      seen.push(...ids(page));
      if (!page.next) break;
      after = page.next;
    }
    expect(seen).toEqual(newest);
  });

  it('lists oldest first too', async () => {
    const { store, events } = await filled(9);
    const all = await store.list(TENANT, { limit: 100, order: 'oldest' });
    expect(ids(all)).toEqual(events.map(({ actionId: id }) => id));
    const third = all.actions[2];
    const rest = await store.list(TENANT, {
      limit: 100,
      order: 'oldest',
      after: { createdAt: third?.createdAt ?? 0, actionId: third?.actionId ?? '' },
    });
    expect(ids(rest)).toEqual(ids(all).slice(3));
  });

  it('goes on from a cursor whose action isn’t here: by its time', async () => {
    const { store, events } = await filled(10);
    const after = { createdAt: 1002, actionId: contentId('a1', 'gone') };
    const older = events.filter((_, n) => 1000 + Math.floor(n / 2) < 1002).map(({ actionId: id }) => id);
    expect(ids(await store.list(TENANT, { limit: 100, after }))).toEqual(older.reverse());
  });

  it('puts what arrives late where its time says', async () => {
    const store = await open();
    const events = [50, 10, 30, 30, 20, 60].map((iat, n) => action({ iat, c: `${n}` }));
    for (const event of events) await store.append([event]);
    const order = [5, 0, 3, 2, 4, 1].map((n) => events[n]?.actionId);
    expect(ids(await store.list(TENANT, { limit: 10 }))).toEqual(order);
  });

  it.each([
    ['types', { types: ['MSG'] }, (n: number) => n % 2 === 0],
    ['an unknown type', { types: ['NOPE'] }, () => false],
    ['issuer', { issuer: 'carol.example' }, (n: number) => n % 3 === 0],
    ['an unknown issuer', { issuer: 'nobody.example' }, () => false],
    ['createdAfter, exclusive', { createdAfter: 1003 }, (n: number) => 1000 + Math.floor(n / 2) > 1003],
    ['where', { where: (row) => row.createdAt % 2 === 0 }, (n: number) => Math.floor(n / 2) % 2 === 0],
    ['several at once', { types: ['POST'], issuer: 'alice.example' }, (n: number) => n % 2 === 1 && n % 3 !== 0],
    ['statuses', { statuses: ['D', 'C'] }, () => false],
    ['audience', { audience: 'dave.example' }, () => false],
  ] as [string, Partial<ActionQuery>, (n: number) => boolean][])('filters by %s', async (_name, query, expected) => {
    const { store, events } = await filled(20);
    const wanted = events.filter((_, n) => expected(n)).map(({ actionId: id }) => id);
    expect(ids(await store.list(TENANT, { ...query, limit: 100 }))).toEqual([...wanted].reverse());
    expect(ids(await store.list(TENANT, { ...query, limit: 100, order: 'oldest' }))).toEqual(wanted);
    expect(await store.count(TENANT, query)).toBe(wanted.length);
    expect(Array.from(store.rows(TENANT, query), (row) => row.actionId)).toEqual([...wanted].reverse());
  });

  it('says whether there is more, and counts all of them', async () => {
    const { store } = await filled(5);
    expect(await store.list(TENANT, { limit: 5 })).toMatchObject({ next: null });
    expect((await store.list(TENANT, { limit: 4 })).next).not.toBeNull();
    expect(await store.list(TENANT, { limit: 0 })).toEqual({ actions: [], next: null, damaged: [] });
    expect(await store.count(TENANT, { limit: 2 })).toBe(5);
    expect(await store.list('nobody.example', { limit: 5 })).toEqual({ actions: [], next: null, damaged: [] });
  });

  it('lists by parent, subject, thread and ID', async () => {
    const store = await open();
    const post = action({ iat: 10 });
    const comment = action({ t: 'CMNT', p: post.actionId, iat: 12 });
    const reply = action({ t: 'CMNT', p: comment.actionId, iat: 11, c: 'written before, arrived later' });
    const like = action({ t: 'REACT:LIKE', sub: post.actionId, iat: 13 });
    const mention = action({ sub: '@carol.example', iat: 14 });
    await store.append([post, comment, reply, like, mention]);
    const list = async (query: Partial<ActionQuery>): Promise<string[]> =>
      ids(await store.list(TENANT, { limit: 9, ...query }));
    expect(await list({ parent: post.actionId })).toEqual([comment.actionId]);
    expect(await list({ subject: post.actionId })).toEqual([like.actionId]);
    expect(await list({ subject: '@carol.example' })).toEqual([mention.actionId]);
    expect(await list({ subject: '@nobody.example' })).toEqual([]);
    expect(await list({ root: post.actionId })).toEqual([comment.actionId, reply.actionId, post.actionId]);
    expect(await list({ root: post.actionId, types: ['CMNT'], order: 'oldest' })).toEqual([
      reply.actionId,
      comment.actionId,
    ]);
    expect(await list({ actionId: like.actionId })).toEqual([like.actionId]);
    expect(await list({ actionId: like.actionId, types: ['POST'] })).toEqual([]);
    expect(await list({ actionId: contentId('a1', 'no') })).toEqual([]);
    const after = { createdAt: 11, actionId: reply.actionId };
    expect(await list({ root: post.actionId, after })).toEqual([post.actionId]);
    const pages = await store.list(TENANT, { root: post.actionId, limit: 1 });
    expect(pages).toMatchObject({ next: { actionId: comment.actionId }, actions: [{ actionId: comment.actionId }] });
  });

  it('finds a thread whose start isn’t here', async () => {
    const store = await open();
    const missing = contentId('a1', 'elsewhere');
    const comment = action({ t: 'CMNT', p: missing });
    await store.append([comment]);
    expect(ids(await store.list(TENANT, { root: missing, limit: 5 }))).toEqual([comment.actionId]);
  });

  it('goes on where it was when actions arrive during a sweep', async () => {
    const { store, events } = await filled(20);
    const seen: string[] = [];
    for (const row of store.rows(TENANT, {})) {
      seen.push(row.actionId);
      if (seen.length % 5 === 0) await store.append([action({ iat: 1004, c: `late ${seen.length}` })]);
    }
    const before = seen.filter((id) => events.some((event) => event.actionId === id));
    expect(before).toEqual(events.map(({ actionId: id }) => id).reverse());
  });
}

function keyContract(open: OpenStore): void {
  const follow = (claims: Partial<ActionClaims>): ActionEvent => action({ t: 'FLLW', aud: TENANT, ...claims });
  const KEY = `FLLW:alice.example:${TENANT}`;

  it('lets a later action replace an earlier one with the same key, whatever the subtype', async () => {
    const store = await open();
    const first = follow({ iat: 10 });
    const second = follow({ iat: 20, t: 'FLLW:DEL' });
    await store.append([first]);
    expect(store.byKey(TENANT, KEY)).toMatchObject({ actionId: first.actionId, current: true });
    await store.append([second]);
    expect(store.byKey(TENANT, KEY)).toMatchObject({ actionId: second.actionId, subtype: 'DEL', current: true });
    expect(store.row(TENANT, first.actionId)?.current).toBe(false);
    expect(ids(await store.list(TENANT, { limit: 5 }))).toEqual([second.actionId, first.actionId]);
    expect(ids(await store.list(TENANT, { limit: 5, current: true }))).toEqual([second.actionId]);
    expect(ids(await store.list(TENANT, { limit: 5, current: false }))).toEqual([first.actionId]);
  });

  it('stores an older action with the same key as history', async () => {
    const store = await open();
    const newer = follow({ iat: 20 });
    const older = follow({ iat: 10, t: 'FLLW:DEL' });
    await store.append([newer]);
    await store.append([older]);
    expect(store.byKey(TENANT, KEY)?.actionId).toBe(newer.actionId);
    expect(store.row(TENANT, older.actionId)).toMatchObject({ current: false });
    expect(store.row(TENANT, newer.actionId)).toMatchObject({ current: true });
  });

  it('decides ties by arrival', async () => {
    const store = await open();
    const first = follow({ iat: 10 });
    const second = follow({ iat: 10, t: 'FLLW:DEL' });
    await store.append([first]);
    await store.append([second]);
    expect(store.byKey(TENANT, KEY)?.actionId).toBe(second.actionId);
  });

  it('never lets one issuer replace another’s, where the pattern leaves the issuer out', async () => {
    const store = await open();
    const conversation = contentId('a1', 'conversation');
    const invite = (iss: string, iat: number): ActionEvent =>
      action({ t: 'INVT', aud: 'dave.example', sub: conversation, iss, iat });
    const KEY_OF_INVITE = `INVT:${conversation}:dave.example`;
    const [alice, carol, aliceAgain] = [
      invite('alice.example', 10),
      invite('carol.example', 30),
      invite('alice.example', 20),
    ];
    await store.append([alice]);
    await store.append([carol]);
    expect(store.row(TENANT, alice.actionId)?.current).toBe(true);
    await store.append([aliceAgain]);
    expect(store.row(TENANT, alice.actionId)?.current).toBe(false);
    expect(store.row(TENANT, carol.actionId)?.current).toBe(true);
    expect(store.byKey(TENANT, KEY_OF_INVITE)?.actionId).toBe(carol.actionId);
    expect(store.byKey(TENANT, KEY_OF_INVITE, 'alice.example')?.actionId).toBe(aliceAgain.actionId);
    expect(store.byKey(TENANT, KEY_OF_INVITE, 'nobody.example')).toBeNull();
  });

  it('lets types without a key stand beside each other', async () => {
    const store = await open();
    const [one, two] = [action({ c: '1' }), action({ c: '2' })];
    await store.append([one, two]);
    expect(store.row(TENANT, one.actionId)?.current).toBe(true);
    expect(store.byKey(TENANT, 'POST')).toBeNull();
  });
}

/** Another signature over the same claims. */
function twinOf(token: string): AliasEvent {
  const twin = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(128)}`;
  return { kind: 'alias', tenant: TENANT, actionId: actionId(twin), token: twin, at: 1 };
}

function duplicateContract(open: OpenStore): void {
  it('stores a token once, and refuses it with all that comes along the second time', async () => {
    const store = await open();
    const event = action({});
    const later = action({ c: 'later' });
    await store.append([event]);
    const times = { nextAt: 1, at: 1 };
    const again: JournalEvent[] = [
      later,
      { ...event, status: 'D', receivedAt: 9 },
      { kind: 'deliveries', tenant: TENANT, actionId: event.actionId, to: ['x.example'], ...times },
    ];
    expect(await codeOf(store.append(again))).toBe('store.duplicate');
    expect(store.stats().records).toBe(1);
    expect(store.deliveries()).toEqual([]);
    expect(store.row(TENANT, later.actionId)).toBeNull();
    expect(store.duplicateOf(TENANT, event.token)).toBe(event.actionId);
    expect(store.stats().actions).toBe(1);
    expect(store.row(TENANT, event.actionId)).toMatchObject({ status: 'A', receivedAt: 1_700_000_000_000 });
  });

  it('takes the same signing input with another signature for the same action', async () => {
    const store = await open();
    const event = action({});
    const signingInput = event.token.slice(0, event.token.lastIndexOf('.'));
    const twin = `${signingInput}.${'A'.repeat(128)}`;
    await store.append([event]);
    expect(store.duplicateOf(TENANT, twin)).toBe(event.actionId);
    const again = action({}, { token: twin, actionId: actionId(twin) });
    expect(await codeOf(store.append([again]))).toBe('store.duplicate');
    expect(store.stats().actions).toBe(1);
    expect(store.row(TENANT, actionId(twin))).toBeNull();
  });

  it('believes what was taken out of a token only of that very token, and writes none of it', async () => {
    const store = await open();
    const event = action({ c: 'one' });
    const other = decodeToken(fakeToken({ c: 'other', iss: 'carol.example' }));
    await store.append([{ ...event, decoded: other }]);
    expect(store.row(TENANT, event.actionId)).toMatchObject({ issuer: decodeToken(event.token).claims['iss'] });
    expect(store.duplicateOf(TENANT, decodeToken(event.token))).toBe(event.actionId);
    expect(store.duplicateOf(TENANT, other)).toBeNull();
    expect(await store.action(TENANT, event.actionId)).not.toHaveProperty('decoded');
  });

  it('takes an action again after its append failed', async () => {
    const store = await open();
    const event = action({});
    expect(await codeOf(store.append([event, { ...event, kind: 'nope' } as never]))).toBe('store.event');
    await store.append([event]);
    expect(store.stats().actions).toBe(1);
  });

  it('keeps one of many that come at the same moment', async () => {
    const store = await open();
    const event = action({});
    const ends = await Promise.all(Array.from({ length: 20 }, () => codeOf(store.append([event]))));
    expect(ends.filter((code) => code === 'store.duplicate')).toHaveLength(19);
    expect(store.stats()).toMatchObject({ actions: 1, records: 1 });
    expect(await store.count(TENANT, {})).toBe(1);
  });

  it('refuses what is the same twice in one record', async () => {
    const store = await open();
    const event = action({});
    expect(await codeOf(store.append([event, event]))).toBe('store.duplicate');
    expect(store.stats()).toMatchObject({ actions: 0, records: 0 });
    await store.append([event]);
    expect(store.stats().actions).toBe(1);
  });

  it('lets other signatures over the same claims lead to one action: reads, parents, subjects, keys, threads', async () => {
    const store = await open();
    const event = action({});
    const alias = twinOf(event.token);
    // Said about the alias before it came.
    const early = action({ t: 'CMNT', p: alias.actionId, c: 'early' });
    await store.append([early]);
    await store.append([event]);
    expect(store.row(TENANT, early.actionId)?.parent).toBe(alias.actionId);
    await store.append([alias]);
    const late = action({ t: 'CMNT', p: event.actionId, c: 'late' });
    const below = action({ t: 'CMNT', p: early.actionId, c: 'below' });
    const like = action({ t: 'REACT:LIKE', sub: alias.actionId });
    const love = action({ t: 'REACT:LOVE', sub: event.actionId, iat: 1_700_000_009 });
    await store.append([late, below, like, love]);
    const check = async (): Promise<void> => {
      for (const id of [event.actionId, alias.actionId]) {
        expect(store.row(TENANT, id)?.actionId).toBe(event.actionId);
        expect(store.aliases(TENANT, id)).toBe(1);
        expect(await store.count(TENANT, { parent: id })).toBe(2);
        expect(await store.count(TENANT, { subject: id })).toBe(2);
        expect(await store.count(TENANT, { subject: id, current: true })).toBe(1);
        expect(await store.count(TENANT, { root: id })).toBe(4);
        expect(store.byKey(TENANT, `REACT:${id}:alice.example`)?.actionId).toBe(love.actionId);
        const read = await store.action(TENANT, id);
        expect(read?.actionId).toBe(id);
        expect(actionId(read?.token ?? '')).toBe(id);
      }
      expect(store.rootId(TENANT, below.actionId)).toBe(event.actionId);
      expect(store.row(TENANT, early.actionId)?.parent).toBe(event.actionId);
      const { actions } = await store.list(TENANT, { types: ['POST'], limit: 9 });
      expect(actions.map(({ token }) => token)).toEqual([event.token]);
    };
    await check();
    await store.append([{ kind: 'status', tenant: TENANT, actionId: alias.actionId, status: 'D', at: 1 }]);
    expect(store.row(TENANT, event.actionId)?.status).toBe('D');
    expect((await store.check()).findings).toEqual([]);
    await store.rebuild();
    await check();
    expect(store.row(TENANT, event.actionId)?.status).toBe('D');
  });

  it('refuses an alias whose ID is not the hash of its token', async () => {
    const store = await open();
    const event = action({});
    await store.append([event]);
    const alias = { ...twinOf(event.token), actionId: event.actionId };
    expect(await codeOf(store.append([alias]))).toBe('store.event');
  });

  it('keeps tenants apart', async () => {
    const store = await open();
    const event = action({});
    await store.append([event]);
    expect(store.duplicateOf('carol.example', event.token)).toBeNull();
    await store.append([{ ...event, tenant: 'carol.example', status: 'C' }]);
    expect(store.row('carol.example', event.actionId)?.status).toBe('C');
    expect(store.row(TENANT, event.actionId)?.status).toBe('A');
    expect(store.tenants().sort()).toEqual(['bob.example', 'carol.example']);
    expect(store.duplicateOf(TENANT, fakeToken({ c: 'other' }))).toBeNull();
  });
}

function restContract(open: OpenStore): void {
  it('keeps how the owner treats a peer, the last row each, and nothing of other tenants', async () => {
    const store = await open();
    const treatment = {
      kind: 'treatment',
      tenant: TENANT,
      peer: 'alice.example',
      blocked: true,
      muted: false,
    } as const;
    const nothing = { peer: 'alice.example', blocked: false, muted: false, at: 0 };
    expect(store.treatment(TENANT, 'alice.example')).toEqual(nothing);
    await store.append([{ ...treatment, at: 1 }]);
    expect(store.treatment(TENANT, 'alice.example')).toEqual({ ...nothing, blocked: true, at: 1 });
    await store.append([
      { ...treatment, blocked: false, muted: true, at: 2 },
      { ...treatment, peer: 'carol.example', at: 2 },
    ]);
    expect(store.treatment(TENANT, 'alice.example')).toEqual({ ...nothing, muted: true, at: 2 });
    expect(store.treatments(TENANT).map(({ peer, blocked, muted }) => [peer, blocked, muted])).toEqual([
      ['alice.example', false, true],
      ['carol.example', true, false],
    ]);
    expect(store.treatment('carol.example', 'alice.example')).toEqual(nothing);
    expect(store.treatments('carol.example')).toEqual([]);
    await store.rebuild();
    expect(store.treatment(TENANT, 'carol.example')).toEqual({
      peer: 'carol.example',
      blocked: true,
      muted: false,
      at: 2,
    });
    for (const row of [store.treatment(TENANT, 'carol.example'), ...store.treatments(TENANT)]) row.blocked = false;
    expect(store.treatment(TENANT, 'carol.example').blocked).toBe(true);
  });

  it('keeps relations, names and files, the last row each', async () => {
    const store = await open();
    const relation = (changes: Partial<RelationEvent>): RelationEvent => ({
      kind: 'relation',
      tenant: TENANT,
      peer: 'alice.example',
      following: false,
      follower: false,
      connected: false,
      at: 1,
      ...changes,
    });
    await store.append([relation({ follower: true }), relation({ follower: true, connected: true, at: 2 })]);
    await store.append([relation({ peer: 'carol.example', following: true })]);
    expect(store.relation(TENANT, 'alice.example')).toEqual({
      peer: 'alice.example',
      following: false,
      follower: true,
      connected: true,
      at: 2,
    });
    expect(store.relation(TENANT, 'nobody.example')).toMatchObject({ follower: false, connected: false, at: 0 });
    expect(store.relations(TENANT).map(({ peer }) => peer)).toEqual(['alice.example', 'carol.example']);
    expect(store.relations('carol.example')).toEqual([]);
    expect(store.relationCounts(TENANT)).toEqual({ following: 1, followers: 1, connected: 1 });
    expect(Array.from(store.currentRelations(TENANT), ({ peer }) => peer).sort()).toEqual([
      'alice.example',
      'carol.example',
    ]);
    await store.append([relation({ peer: 'carol.example', following: false, follower: false, connected: false })]);
    expect(store.relationCounts(TENANT)).toEqual({ following: 0, followers: 1, connected: 1 });
    expect([...store.currentRelations(TENANT)]).toEqual([store.relation(TENANT, 'alice.example')]);
    expect(store.relations(TENANT)).toHaveLength(2);
    expect(store.relationCounts('carol.example')).toEqual({ following: 0, followers: 0, connected: 0 });
    await store.append([
      { kind: 'peer', tenant: TENANT, idTag: 'alice.example', name: 'Alice', type: 'person', at: 1 },
      {
        kind: 'peer',
        tenant: TENANT,
        idTag: 'alice.example',
        name: 'Alice A.',
        type: 'person',
        profilePic: 'f1~x',
        at: 2,
      },
    ]);
    expect(store.peer(TENANT, 'alice.example')).toMatchObject({ name: 'Alice A.', profilePic: 'f1~x' });
    expect(store.peer('carol.example', 'alice.example')).toBeNull();
  });

  it('knows files and which actions attach them', async () => {
    const store = await open();
    const fileId = contentId('f1', 'descriptor');
    const file = { fileId, descriptor: 'd2,…', fileName: 'a.txt', contentType: 'text/plain', at: 3 };
    const attaching = action({ a: [fileId, fileId] });
    await store.append([{ kind: 'file', tenant: TENANT, ...file }, attaching, action({ c: 'no attachment' })]);
    expect(store.file(TENANT, fileId)).toEqual(file);
    expect(store.files(TENANT)).toEqual([file]);
    expect(store.file('carol.example', fileId)).toBeNull();
    expect(Array.from(store.attachedBy(TENANT, fileId), (row) => row.actionId)).toEqual([attaching.actionId]);
    expect([...store.attachedBy(TENANT, contentId('f1', 'other'))]).toEqual([]);
    expect([...store.attachedFiles(TENANT, 0)]).toEqual([fileId]);
    const more = action({ a: [contentId('f1', 'other'), fileId] });
    await store.append([more]);
    expect([...store.attachedFiles(TENANT, 1)]).toEqual([contentId('f1', 'other'), fileId]);
    await store.rebuild();
    expect([...store.attachedFiles(TENANT, 0)]).toEqual([fileId, contentId('f1', 'other'), fileId]);
    expect([...store.attachedFiles(TENANT, 3)]).toEqual([]);
  });

  it('lists files in order, from where a page ended, and tells whose descriptors it can’t read', async () => {
    const store = await open();
    const descriptor = `d2,vis.tn:${blobId(Buffer.from('x'))}:f=webp:s=1:r=1x1`;
    const names = ['c.png', 'a.png', 'b.png'];
    const files = names.map((fileName, n) => ({
      ...{ fileId: contentId('f1', fileName), fileName, contentType: 'image/png', at: n },
      descriptor: n === 1 ? 'd9,of a later version' : descriptor,
    }));
    await store.append(files.map((file) => ({ kind: 'file' as const, tenant: TENANT, ...file })));
    const list = (listing: FileListing) => Array.from(store.fileRows(TENANT, listing), (row) => row.fileName);
    const check = () => {
      expect(list({ sort: 'created', descending: true })).toEqual(['b.png', 'a.png', 'c.png']);
      expect(list({ sort: 'name', descending: false })).toEqual(['a.png', 'b.png', 'c.png']);
      const after = { value: 'b.png', fileId: files[2]?.fileId ?? '' };
      expect(list({ sort: 'name', descending: true, after })).toEqual(['a.png']);
      expect(store.unreadableDescriptors(TENANT)).toEqual(['d9,of a later version']);
    };
    check();
    await store.rebuild();
    check();
    await store.append([{ kind: 'file', tenant: TENANT, ...(files[1] as FileRow), fileName: 'z.png', at: 9 }]);
    expect(list({ sort: 'created', descending: true })).toEqual(['z.png', 'b.png', 'c.png']);
    expect(list({ sort: 'name', descending: false })).toEqual(['b.png', 'c.png', 'z.png']);
    expect(store.unreadableDescriptors('carol.example')).toEqual([]);
  });

  it('tells what actions attach', async () => {
    const store = await open();
    const fileId = contentId('f1', 'descriptor');
    const others = ['b', 'c'].map((name) => contentId('f1', name));
    const actions = [[], [fileId], [], [], [fileId, ...others], []].map((a, n) => action({ c: `${n}`, a }));
    for (const each of actions) await store.append([each]);
    const told = actions.map(({ actionId: id }) => store.attachmentsOf(TENANT, id));
    expect(told).toEqual([[], [fileId], [], [], [fileId, ...others], []]);
    expect(store.attachmentsOf(TENANT, actionId('not here'))).toEqual([]);
  });

  it('finds files by the blobs that their descriptors name, and keeps whose they are', async () => {
    const store = await open();
    const [one, two] = [contentId('b1', '1'), contentId('b1', '2')];
    const descriptor = `d2,orig:${one}:f=png:s=1:r=1x1;vis.tn:${two}:f=webp:s=1:r=1x1`;
    const of = { descriptor, fileName: 'a.png', contentType: 'image/png', at: 3 };
    const file = { ...of, fileId: contentId('f1', descriptor), preset: 'default', owner: 'bob.example' };
    await store.append([{ kind: 'file', tenant: TENANT, ...file }]);
    await store.append([{ kind: 'file', tenant: TENANT, ...file }]);
    for (const blob of [one, two]) expect(store.filesOfBlob(TENANT, blob)).toEqual([file]);
    expect(store.filesOfBlob('carol.example', one)).toEqual([]);
    expect(store.filesOfBlob(TENANT, contentId('b1', '3'))).toEqual([]);
    expect((await store.check()).findings).toEqual([]);
  });

  it('keeps what was asked for elsewhere until it comes', async () => {
    const store = await open();
    const fileId = contentId('f1', 'x');
    const asked = {
      tenant: TENANT,
      fileId,
      from: 'bob.example',
      error: { code: 'network.timeout', message: 'm' },
    } as const;
    await store.append([{ kind: 'fetch', ...asked, state: 'queued', attempts: 1, nextAt: 99, at: 5 }]);
    await store.append([{ kind: 'fetch', ...asked, state: 'expired', attempts: 2, at: 7 }]);
    const ended = { ...asked, state: 'expired', attempts: 2, nextAt: null, firstAt: 5, at: 7 };
    expect(store.fetch(TENANT, fileId)).toEqual(ended);
    expect(store.fetches(TENANT)).toEqual([ended]);
    await store.append([{ kind: 'fetch', ...asked, state: 'queued', attempts: 1, nextAt: 99, at: 9 }]);
    expect(store.fetch(TENANT, fileId)).toMatchObject({ attempts: 1, firstAt: 9 });
    const file = { fileId, descriptor: 'd2,', fileName: 'n', contentType: 't', at: 11 };
    await store.append([{ kind: 'file', tenant: TENANT, ...file }]);
    expect(store.fetch(TENANT, fileId)).toBeNull();
    // Uploaded here while an attempt failed.
    await store.append([{ kind: 'fetch', ...asked, state: 'queued', attempts: 2, nextAt: 99, at: 12 }]);
    expect(store.fetches(TENANT)).toEqual([]);
    expect((await store.check()).findings).toEqual([]);
  });

  it('keeps what waits to be delivered', async () => {
    const store = await open();
    const id = contentId('a1', 'x');
    const delivery = (changes: Partial<DeliveryEvent>): DeliveryEvent => ({
      kind: 'delivery',
      tenant: TENANT,
      actionId: id,
      to: 'alice.example',
      state: 'queued',
      attempts: 0,
      nextAt: 100,
      at: 50,
      ...changes,
    });
    await store.append([delivery({ related: ['token one'] }), delivery({ to: 'carol.example', nextAt: 300 })]);
    await store.append([
      delivery({ attempts: 1, nextAt: 200, at: 60, error: { code: 'network.refused', message: 'no' } }),
    ]);
    const due = (now: number) => [...store.dueDeliveries(TENANT, now, 'half-open')];
    expect(due(199)).toEqual([]);
    expect(due(200)).toEqual([
      {
        tenant: TENANT,
        actionId: id,
        to: 'alice.example',
        state: 'queued',
        attempts: 1,
        nextAt: 200,
        error: { code: 'network.refused', message: 'no' },
        hasRelated: true,
        firstAt: 50,
        at: 60,
      },
    ]);
    expect(await store.deliveryRelated({ tenant: TENANT, actionId: id, to: 'alice.example' })).toEqual(['token one']);
    expect(await store.deliveryRelated({ tenant: TENANT, actionId: id, to: 'carol.example' })).toEqual([]);
    expect(await store.deliveryRelated({ tenant: TENANT, actionId: id, to: 'nobody.example' })).toEqual([]);
    const { nextAt: _nextAt, ...done } = delivery({ state: 'delivered', attempts: 2, at: 70 });
    await store.append([done]);
    expect(store.deliveries({ state: 'queued' }).map(({ to }) => to)).toEqual(['carol.example']);
    expect(store.deliveries({ state: 'delivered' })).toMatchObject([{ error: null, nextAt: null, attempts: 2 }]);
    expect(store.deliveries()).toHaveLength(2);
    expect(store.deliveries({ tenant: 'carol.example' })).toEqual([]);
    expect(store.deliveries({ actionId: contentId('a1', 'y') })).toEqual([]);
    expect(store.stats().queued).toBe(1);
  });

  describe('a fan-out', () => {
    const id = contentId('a1', 'a post');
    const fanOut = (changes: Partial<DeliveriesEvent> = {}): DeliveriesEvent => ({
      kind: 'deliveries',
      tenant: TENANT,
      actionId: id,
      to: ['alice.example', 'carol.example', 'dave.example'],
      nextAt: 100,
      at: 50,
      ...changes,
    });
    const attempt = (changes: Partial<DeliveryEvent>): DeliveryEvent => ({
      kind: 'delivery',
      tenant: TENANT,
      actionId: id,
      to: 'alice.example',
      state: 'queued',
      attempts: 1,
      at: 110,
      ...changes,
    });
    const error = { code: 'network.refused', message: 'no' } as const;

    it('makes a row for each recipient, with the tokens that go along', async () => {
      const store = await open();
      await store.append([fanOut({ related: ['token one', 'token two'] })]);
      const rows = store.deliveries({ actionId: id });
      expect(rows.map(({ to }) => to)).toEqual(['alice.example', 'carol.example', 'dave.example']);
      for (const row of rows) {
        expect(row).toMatchObject({
          state: 'queued',
          attempts: 0,
          nextAt: 100,
          firstAt: 50,
          hasRelated: true,
          error: null,
        });
        expect(await store.deliveryRelated(row)).toEqual(['token one', 'token two']);
      }
      expect(store.deliveryCounts(TENANT)).toEqual({
        queued: 3,
        delivered: 0,
        refused: 0,
        expired: 0,
        dropped: 0,
        superseded: 0,
      });
    });

    it('leaves rows alone that are there already, and their tokens', async () => {
      const store = await open();
      await store.append([attempt({ attempts: 0, nextAt: 70, related: ['its own'] })]);
      await store.append([attempt({ to: 'carol.example', state: 'delivered' })]);
      await store.append([fanOut({ related: ['another'], to: ['alice.example', 'carol.example', 'erin.example'] })]);
      await store.append([fanOut({ related: ['a third'], nextAt: 900 })]);
      expect(store.deliveries().map(({ to, state, nextAt }) => [to, state, nextAt])).toEqual([
        ['alice.example', 'queued', 70],
        ['carol.example', 'delivered', null],
        ['erin.example', 'queued', 100],
        ['dave.example', 'queued', 900],
      ]);
      const related = await Promise.all(store.deliveries().map((row) => store.deliveryRelated(row)));
      expect(related).toEqual([['its own'], [], ['another'], ['a third']]);
    });

    it('is the same after a rebuild', async () => {
      const store = await open();
      await store.append([fanOut({ related: ['token'] }), attempt({ nextAt: 300, error })]);
      await store.append([attempt({ to: 'carol.example', state: 'dropped', attempts: 0 })]);
      const all = () => [
        store.deliveries(),
        store.openCircuits(10),
        store.deliveryCounts(),
        [...store.dueDeliveries(TENANT, 150)],
      ];
      const before = all();
      await store.rebuild();
      expect(all()).toEqual(before);
      expect((await store.check()).findings).toEqual([]);
    });

    it('is listed by state, recipient and number, from either end', async () => {
      const store = await open();
      const other = contentId('a1', 'another post');
      await store.append([fanOut(), fanOut({ actionId: other, at: 60 })]);
      await store.append([attempt({ state: 'dropped', attempts: 0 })]);
      const names = (filter: DeliveryFilter) =>
        store.deliveries(filter).map(({ actionId, to }) => `${actionId === id ? 1 : 2} ${to.slice(0, 1)}`);
      expect(names({ state: 'dropped' })).toEqual(['1 a']);
      expect(names({ state: 'queued', order: 'newest', limit: 2 })).toEqual(['2 d', '2 c']);
      expect(names({ to: 'alice.example' })).toEqual(['1 a', '2 a']);
      expect(names({ to: 'alice.example', actionId: other })).toEqual(['2 a']);
      expect(names({ to: 'alice.example', actionId: id, state: 'queued' })).toEqual([]);
      expect(names({ to: 'nobody.example' })).toEqual([]);
      expect(names({ actionId: contentId('a1', 'none'), to: 'alice.example' })).toEqual([]);
      expect(names({ limit: 0 })).toEqual([]);
      expect([...store.deliveryRows({ tenant: 'carol.example' })]).toEqual([]);
    });

    it('tells what waits, what failed last and what waits too long, of all tenants, also after a rebuild', async () => {
      const store = await open();
      const other = contentId('a1', 'another post');
      expect(store.deliveryQueue()).toEqual({ queued: 0, nextAt: null, oldestAt: null });
      expect(store.failedDeliveries(5)).toEqual([]);
      const failed = { nextAt: 400, peerNextAt: 400, error };
      await store.append([
        fanOut({ at: 60, nextAt: 300 }),
        fanOut({ tenant: 'erin.example', actionId: other, at: 50, nextAt: 350, to: ['alice.example'] }),
        attempt({ ...failed, at: 110 }),
        attempt({ to: 'carol.example', state: 'refused', error, at: 130 }),
        attempt({ to: 'dave.example', state: 'superseded', error: { code: 'check.superseded', message: '' }, at: 140 }),
        attempt({ to: 'frank.example', state: 'dropped', error, at: 150 }),
        attempt({ tenant: 'erin.example', actionId: other, ...failed, nextAt: 500, peerNextAt: 500, at: 120 }),
      ]);
      const all = () => ({
        queue: store.deliveryQueue(),
        failed: store.failedDeliveries(2).map(({ to, tenant, at }) => [to, tenant, at]),
        waiting: [50, 51, 61].map((before) => store.deliveriesWaitingFor('alice.example', before).map((d) => d.tenant)),
      });
      const expected = {
        queue: { queued: 2, nextAt: 500, oldestAt: 50 },
        failed: [
          ['carol.example', TENANT, 130],
          ['alice.example', 'erin.example', 120],
        ],
        waiting: [[], ['erin.example'], [TENANT, 'erin.example']],
      };
      expect(all()).toEqual(expected);
      await store.rebuild();
      expect(all()).toEqual(expected);
      await store.append([
        attempt({ state: 'delivered', attempts: 2, at: 600 }),
        attempt({ tenant: 'erin.example', actionId: other, state: 'delivered', attempts: 2, at: 600 }),
      ]);
      expect(all()).toMatchObject({
        queue: { queued: 0, nextAt: null, oldestAt: null },
        failed: [['carol.example', TENANT, 130]],
        waiting: [[], [], []],
      });
      // Tried again from the beginning, it waits since then.
      await store.append([attempt({ to: 'carol.example', attempts: 0, nextAt: 700, at: 700 })]);
      expect(all()).toMatchObject({ queue: { queued: 1, nextAt: 700, oldestAt: 700 }, failed: [] });
    });

    it('is due a recipient at a time, oldest first', async () => {
      const store = await open();
      const other = contentId('a1', 'another post');
      await store.append([fanOut({ actionId: other, nextAt: 90, to: ['carol.example'] }), fanOut()]);
      const due = (now: number) => Array.from(store.dueDeliveries(TENANT, now), ({ to, actionId }) => [to, actionId]);
      expect(due(89)).toEqual([]);
      expect(store.nextDeliveryAt(89)).toBe(90);
      expect(due(90)).toEqual([['carol.example', other]]);
      expect(store.nextDeliveryAt(90)).toBe(100);
      expect(due(100)).toEqual([
        ['carol.example', other],
        ['alice.example', id],
        ['dave.example', id],
      ]);
      expect(store.nextDeliveryAt(100)).toBeNull();
      await store.append([attempt({ actionId: other, to: 'carol.example', state: 'delivered' })]);
      expect(due(100).at(-1)).toEqual(['carol.example', id]);
      expect([...store.dueDeliveries('carol.example', 100)]).toEqual([]);
    });

    it('goes before nothing that was queued earlier and never tried', async () => {
      const store = await open();
      const later = contentId('a1', 'another post');
      const to = ['carol.example'];
      await store.append([fanOut({ nextAt: 30_000, to })]);
      await store.append([fanOut({ actionId: later, to, nextAt: 60, at: 60 })]);
      const due = (now: number) => Array.from(store.dueDeliveries(TENANT, now), ({ actionId }) => actionId);
      expect(due(29_999)).toEqual([]);
      expect(store.nextDeliveryAt(29_999)).toBe(30_000);
      // As a server that starts does it.
      await store.append([attempt({ to: 'carol.example', attempts: 0, nextAt: 70, at: 70 })]);
      expect(due(200)).toEqual([id]);
      await store.append([attempt({ to: 'carol.example', state: 'delivered' })]);
      expect(due(200)).toEqual([later]);
    });

    it('waits as a whole for a peer that fails, and for nobody else', async () => {
      const store = await open();
      const other = contentId('a1', 'another post');
      await store.append([fanOut(), fanOut({ actionId: other }), fanOut({ tenant: 'erin.example', actionId: other })]);
      await store.append([attempt({ nextAt: 9000, peerNextAt: 200, error })]);
      expect(store.openCircuit('alice.example')).toEqual({
        peer: 'alice.example',
        since: 110,
        failures: 1,
        nextAt: 200,
        error,
      });
      expect(store.openCircuit('carol.example')).toBeNull();
      const due = (tenant: string, now: number, circuit: DueCircuit) =>
        Array.from(store.dueDeliveries(tenant, now, circuit), ({ to, actionId }) => `${to} ${actionId === id ? 1 : 2}`);
      expect(due(TENANT, 199, 'closed')).toEqual(['carol.example 1', 'dave.example 1']);
      expect(due('erin.example', 199, 'closed')).toEqual(['carol.example 2', 'dave.example 2']);
      expect(due(TENANT, 199, 'half-open')).toEqual([]);
      expect(store.deliveries({ to: 'alice.example' }).map(({ nextAt }) => nextAt)).toEqual([9000, 200, 200]);
      // The one that failed waits by itself as well; what was never tried comes first.
      expect(due(TENANT, 200, 'half-open')).toEqual(['alice.example 2']);
      expect(due('erin.example', 200, 'half-open')).toEqual(['alice.example 2']);
      await store.append([attempt({ tenant: 'erin.example', actionId: other, state: 'delivered', at: 210 })]);
      expect(store.openCircuit('alice.example')).toBeNull();
      expect(due(TENANT, 210, 'closed')).toEqual(['carol.example 1', 'dave.example 1', 'alice.example 2']);
    });

    it('counts failures one after the other, not those that were under way together', async () => {
      const store = await open();
      await store.append([fanOut()]);
      await store.append([attempt({ nextAt: 200, error })]);
      await store.append([attempt({ nextAt: 210, attempts: 2, error, at: 120 })]);
      expect(store.openCircuit('alice.example')).toMatchObject({ since: 110, failures: 1, nextAt: 210 });
      await store.append([attempt({ nextAt: 400, attempts: 3, error, at: 210 })]);
      expect(store.openCircuit('alice.example')).toMatchObject({ since: 110, failures: 2, nextAt: 400 });
    });

    it.each([
      ['a refusal is an answer', { state: 'refused', error: { code: 'peer.refused', message: 'no' } }, true],
      [
        'what is wrong on our side says nothing',
        { state: 'refused', error: { code: 'token.missing', message: 'no' } },
        false,
      ],
      ['the end of patience is a failure', { state: 'expired', error }, false],
      ['what its owner gave up says nothing', { state: 'dropped', attempts: 1, error }, false],
    ] as const)('of a peer that fails: %s', async (_, changes, answered) => {
      const store = await open();
      await store.append([fanOut(), attempt({ nextAt: 200, error })]);
      await store.append([attempt({ attempts: 2, at: 220, ...changes })]);
      expect(store.openCircuit('alice.example') === null).toBe(answered);
    });

    it('stays given up when an attempt fails that was under way, which tells of the peer', async () => {
      const store = await open();
      await store.append([fanOut(), attempt({ state: 'dropped', attempts: 0 })]);
      await store.append([attempt({ nextAt: 200, error })]);
      expect(store.deliveries({ to: 'alice.example' })).toMatchObject([{ state: 'dropped', attempts: 0 }]);
      expect(store.openCircuit('alice.example')).toMatchObject({ failures: 1, nextAt: 200 });
    });

    it('stays delivered when it is given up at the same moment', async () => {
      const store = await open();
      await store.append([fanOut(), attempt({ state: 'delivered' })]);
      await store.append([attempt({ state: 'expired', attempts: 0, error })]);
      expect(store.deliveries({ to: 'alice.example' })).toMatchObject([
        { state: 'delivered', attempts: 1, error: null },
      ]);
    });

    it('is tried again when its owner says so, with a new beginning when it was over', async () => {
      const store = await open();
      await store.append([fanOut(), attempt({ nextAt: 9000, error })]);
      await store.append([attempt({ nextAt: 150, at: 150 })]);
      expect(store.deliveries({ to: 'alice.example' })).toMatchObject([{ nextAt: 150, attempts: 1, firstAt: 50 }]);
      expect(Array.from(store.dueDeliveries(TENANT, 150, 'half-open'), ({ to }) => to)).toEqual(['alice.example']);
      await store.append([attempt({ to: 'carol.example', state: 'expired', error, attempts: 20 })]);
      await store.append([attempt({ to: 'carol.example', attempts: 0, nextAt: 500, at: 500 })]);
      expect(store.deliveries({ to: 'carol.example' })).toMatchObject([{ attempts: 0, firstAt: 500, error: null }]);
    });

    it('needn’t wait for a peer that something arrives from', async () => {
      const store = await open();
      const seconds = 1_700_000_000;
      const now = seconds * 1000;
      await store.append([fanOut({ nextAt: now, at: now }), attempt({ at: now, nextAt: now + 900, error })]);
      const failing = () => store.openCircuit('alice.example') !== null;
      // Somebody passes an old one on.
      await store.append([action({ iat: seconds - 9, aud: 'carol.example' }, { receivedAt: now + 100 })]);
      expect(failing()).toBe(true);
      // Sent by us.
      await store.append([action({ iat: seconds + 9 }, { direction: 'out', receivedAt: now + 100 })]);
      expect(failing()).toBe(true);
      await store.append([action({ iat: seconds - 8, aud: TENANT }, { receivedAt: now + 200 })]);
      expect(failing()).toBe(false);
      expect(store.deliveries({ to: 'alice.example' })).toMatchObject([{ state: 'queued', nextAt: now + 200 }]);
      expect(Array.from(store.dueDeliveries(TENANT, now + 200), ({ to }) => to)).toContain('alice.example');
    });
  });

  it('keeps parked tokens until they are dealt with', async () => {
    const store = await open();
    const token = fakeToken({});
    const parked = {
      kind: 'parked' as const,
      tenant: TENANT,
      actionId: actionId(token),
      token,
      related: ['r'],
      issuer: 'alice.example',
      attempts: 0,
      nextAt: 100,
      at: 1,
    };
    await store.append([parked]);
    await store.append([{ ...parked, attempts: 1, nextAt: 200, at: 2 }]);
    expect(store.parked({ dueBefore: 199 })).toEqual([]);
    expect(store.parked({ issuer: 'alice.example', dueBefore: 200 })).toEqual([
      {
        tenant: TENANT,
        actionId: actionId(token),
        issuer: 'alice.example',
        attempts: 1,
        nextAt: 200,
        firstAt: 1,
        at: 2,
        // Of the token and of what came with it.
        bytes: token.length + 'r'.length,
      },
    ]);
    expect(store.parked({ issuer: 'carol.example' })).toEqual([]);
    expect(store.parked({ tenant: 'carol.example' })).toEqual([]);
    expect(await store.parkedTokens(TENANT, actionId(token))).toEqual({ token, related: ['r'] });
    await store.append([{ kind: 'unparked', tenant: TENANT, actionId: actionId(token), outcome: 'accepted', at: 3 }]);
    expect(store.parked()).toEqual([]);
    expect(await store.parkedTokens(TENANT, actionId(token))).toBeNull();
    expect(store.stats().parked).toBe(0);
  });

  it('hands out copies: changing what was given changes nothing here', async () => {
    const store = await open();
    await store.append([
      { kind: 'relation', tenant: TENANT, peer: 'a.example', following: true, follower: true, connected: true, at: 1 },
    ]);
    for (const row of [store.relation(TENANT, 'a.example'), ...store.relations(TENANT)]) row.following = false;
    expect(store.relation(TENANT, 'a.example').following).toBe(true);
  });

  it('checks clean, and is the same after a rebuild', async () => {
    const store = await open();
    const events = Array.from({ length: 30 }, (_, n) =>
      action({ iat: n % 7, c: `${n}`, t: n % 2 ? 'FLLW' : 'POST', aud: TENANT }),
    );
    for (const event of events) await store.append([event]);
    await store.blobs.write(Buffer.from('blob'));
    expect(await store.check()).toMatchObject({ records: 30, actions: 30, blobs: 1, findings: [] });
    const before = await store.list(TENANT, { limit: 100 });
    expect(await store.rebuild()).toEqual({ records: 30, damaged: [] });
    expect(await store.list(TENANT, { limit: 100 })).toEqual(before);
    await store.append([action({ c: 'after' })]);
    expect(await store.check()).toMatchObject({ records: 31, findings: [] });
  });

  it('stays usable, and loses nothing, while it is checked and rebuilt', async () => {
    const store = await open();
    const events = Array.from({ length: 200 }, (_, n) => action({ c: `${n}` }));
    const [checked] = await Promise.all([
      store.check(),
      store.rebuild(),
      ...events.map((event) => store.append([event])),
    ]);
    expect(checked.findings).toEqual([]);
    expect(await store.count(TENANT, {})).toBe(200);
    expect((await store.check()).findings).toEqual([]);
  });
}

function blobContract(open: OpenStore): void {
  const chunks = async function* (...parts: string[]): AsyncGenerator<Uint8Array> {
    for (const part of parts) yield Buffer.from(part);
  };

  it('stores bytes and streams under their hash, once', async () => {
    const { blobs } = await open();
    const id = blobId(Buffer.from('hello world'));
    expect(await blobs.write(Buffer.from('hello world'))).toEqual({ id, size: 11 });
    expect(await blobs.write(chunks('hello', ' ', 'world'))).toEqual({ id, size: 11 });
    expect(await blobs.size(id)).toBe(11);
    expect(await blobs.has(id)).toBe(true);
    expect(await textOf(blobs.read(id))).toBe('hello world');
    const found: string[] = [];
    for await (const one of blobs.ids()) found.push(one);
    expect(found).toEqual([id]);
  });

  it.each([
    [{ start: 0, end: 4 }, 'hello'],
    [{ start: 6 }, 'world'],
    [{ start: 10, end: 10 }, 'd'],
    [{ start: 0, end: 99 }, 'hello world'],
  ])('reads the range %o', async (range, expected) => {
    const { blobs } = await open();
    const { id } = await blobs.write(Buffer.from('hello world'));
    expect(await textOf(blobs.read(id, range))).toBe(expected);
  });

  it('stores nothing at all too', async () => {
    const { blobs } = await open();
    const { id, size } = await blobs.write(chunks());
    expect(size).toBe(0);
    expect(await textOf(blobs.read(id))).toBe('');
  });

  it.each(['b1~../../etc/passwd', 'b1~', '', 'f1~47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'])(
    'says null for %j',
    async (id) => {
      const { blobs } = await open();
      expect(await blobs.read(id)).toBeNull();
      expect(await blobs.size(id)).toBeNull();
      expect(await blobs.has(id)).toBe(false);
      expect(await blobs.remove(id)).toBe(false);
    },
  );

  it('keeps nothing of what is too large, is something else, or breaks off', async () => {
    const { blobs } = await open();
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half');
      throw Object.assign(new Error('gone'), { code: 'ECONNRESET' });
    };
    expect(await codeOf(blobs.write(chunks('12345', '67890'), { maxBytes: 9 }))).toBe('store.blob-size');
    expect(await codeOf(blobs.write(chunks('x'), { expect: blobId(Buffer.from('y')) }))).toBe('store.blob-mismatch');
    expect(await codeOf(blobs.write(failing()))).toBe('ECONNRESET');
    for await (const id of blobs.ids()) expect(id).toBe('nothing should be here');
    await expect(blobs.write(chunks('12345', '6789'), { maxBytes: 9 })).resolves.toMatchObject({ size: 9 });
  });

  it('sweeps by age only: writing the same bytes again, or touching them, makes them new', async () => {
    const { blobs } = await open();
    const { id } = await blobs.write(Buffer.from('hello world'));
    const later = Date.now() + 60_000;
    expect(await blobs.removeOlder(id, Date.now() - 60_000)).toBeNull();
    expect(await blobs.touch(id)).toBe(true);
    expect(await blobs.removeOlder(id, later, { dryRun: true })).toBe(11);
    expect(await blobs.removeOlder(id, later)).toBe(11);
    expect(await blobs.removeOlder(id, later)).toBeNull();
    for (const gone of [id, 'b1~../../etc/passwd']) expect(await blobs.touch(gone)).toBe(false);
  });

  it('removes', async () => {
    const { blobs } = await open();
    const { id } = await blobs.write(Buffer.from('x'));
    expect(await blobs.remove(id)).toBe(true);
    expect(await blobs.remove(id)).toBe(false);
    expect(await blobs.read(id)).toBeNull();
  });
}
