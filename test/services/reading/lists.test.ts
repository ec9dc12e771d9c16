import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { renderRelations } from '../../../src/cli/render/relations.ts';
import { decodeToken } from '../../../src/protocol/token.ts';
import { createAction } from '../../../src/services/actions/create-action.ts';
import { listRelations } from '../../../src/services/peers/list-relations.ts';
import { showProfile } from '../../../src/services/profiles/show-profile.ts';
import { listActions } from '../../../src/services/reading/list-actions.ts';
import { listActionsView } from '../../../src/services/reading/list-actions-view.ts';
import { showAction } from '../../../src/services/reading/show-action.ts';
import { actingTenant } from '../../../src/services/runtime/acting-tenant.ts';
import { openFileStore } from '../../../src/store/engine/store.ts';
import type { ActionStatus, JournalEvent } from '../../../src/store/model/events.ts';
import { codeOfAsync } from '../../support/codes.ts';
import { startLab } from '../../support/lab.ts';
import { makeIdentity } from '../../support/lab-identity.ts';
import { type OwnInstance, ownInstance } from '../../support/own-instance.ts';

const bob = makeIdentity('bob.test');

async function setUp(idTags?: string[]) {
  return ownInstance(await startLab(), idTags);
}

async function store(own: OwnInstance, token: string, direction: 'in' | 'out', status: ActionStatus = 'A') {
  const { actionId } = decodeToken(token);
  const at = own.clock.wall();
  const event: JournalEvent = {
    kind: 'action',
    tenant: 'alice.test',
    actionId,
    token,
    direction,
    receivedAt: at,
    status,
  };
  await own.store.append([event]);
  return actionId;
}

/** A post of alice and, newer, a follow and a comment of bob's. */
async function filled(own: OwnInstance) {
  const iat = Math.floor(own.clock.wall() / 1000) - 1000;
  const post = await store(own, await own.signer.sign('alice.test', { t: 'POST:TEXT', c: 'hello', iat }), 'out');
  const follow = await store(own, await bob.sign({ t: 'FLLW', aud: 'alice.test', iat: iat + 1 }), 'in', 'C');
  const comment = await store(own, await bob.sign({ t: 'CMNT', c: 'hi', p: post, iat: iat + 2 }), 'in');
  return { post, follow, comment, iat };
}

const ids = async (own: OwnInstance, input = {}) =>
  (await listActions(own, { limit: 50, ...input })).actions.map(({ actionId }) => actionId);

describe('listActions', () => {
  it('lists newest first, in full', async () => {
    const own = await setUp();
    const { post, follow, comment, iat } = await filled(own);
    const { idTag, actions, next, damaged } = await listActions(own, { limit: 50 });
    expect({ idTag, next, damaged }).toEqual({ idTag: 'alice.test', next: null, damaged: [] });
    expect(actions.map(({ actionId }) => actionId)).toEqual([comment, follow, post]);
    expect(actions[0]).toMatchObject({
      type: 'CMNT',
      issuer: 'bob.test',
      parent: post,
      content: 'hi',
      direction: 'in',
      status: 'A',
      createdAt: new Date((iat + 2) * 1000).toISOString().replace('.000', ''),
    });
    expect(actions[0]).not.toHaveProperty('token');
    expect(actions[2]?.type).toBe('POST:TEXT');
  });

  it('filters by all that is given', async () => {
    const own = await setUp();
    const { post, follow, comment, iat } = await filled(own);
    expect(await ids(own, { types: ['post'] })).toEqual([post]);
    expect(await ids(own, { types: ['POST:IMG'] })).toEqual([]);
    expect(await ids(own, { types: ['POST:TEXT', 'FLLW'] })).toEqual([follow, post]);
    expect(await ids(own, { statuses: ['c'] })).toEqual([follow]);
    expect(await ids(own, { issuer: 'BOB.test' })).toEqual([comment, follow]);
    expect(await ids(own, { issuer: 'bob.test', types: ['FLLW'] })).toEqual([follow]);
    expect(await ids(own, { audience: 'alice.test' })).toEqual([follow]);
    expect(await ids(own, { parent: post })).toEqual([comment]);
    expect(await ids(own, { since: iat + 1 })).toEqual([comment]);
  });

  it('gives page after page without loss or repetition', async () => {
    const own = await setUp();
    for (let i = 0; i < 7; i += 1) {
      // Two a second, so that pages end between actions of the same time.
      const iat = Math.floor(own.clock.wall() / 1000) - 100 + Math.floor(i / 2);
      await store(own, await bob.sign({ t: 'POST', c: `post ${i}`, iat }), 'in');
    }
    const seen: string[] = [];
    let after: { createdAt: number; actionId: string } | undefined;
    do {
      const page = await listActions(own, { limit: 3, after });
      seen.push(...page.actions.map(({ actionId }) => actionId));
      after = page.next ?? undefined;
    } while (after);
    expect(seen).toEqual(await ids(own));
    expect(new Set(seen).size).toBe(7);
  });

  it('goes on behind a page of nothing but damaged records, as the list over HTTP does', async () => {
    const own = await setUp();
    const onDisk = { ...own, store: await openFileStore(own.home) };
    onTestFinished(() => onDisk.store.close());
    const { post, follow, comment } = await filled(onDisk);
    const segment = join(own.home, 'journal', '000001.ndjson');
    await writeFile(segment, (await readFile(segment, 'utf8')).replace('"status":"C"', '"status":"X"'));
    const seen: string[] = [];
    let after: { createdAt: number; actionId: string } | undefined;
    do {
      const { actions, damaged, next } = await listActions(onDisk, { limit: 1, after });
      seen.push(...actions.map(({ actionId }) => actionId), ...damaged);
      after = next ?? undefined;
    } while (after);
    expect(seen).toEqual([comment, follow, post]);
    const owner = {
      own: await actingTenant(own.identities, undefined),
      caller: { idTag: 'alice.test', owner: true },
    } as const;
    const views: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listActionsView(onDisk, { ...owner, limit: 1, cursor });
      views.push(...page.views.map(({ actionId }) => actionId));
      cursor = page.nextCursor ?? undefined;
      expect(page.hasMore).toBe(cursor !== undefined);
    } while (cursor);
    expect(views).toEqual([comment, post]);
  });

  it('shows tokens when asked for', async () => {
    const own = await setUp();
    const { comment } = await filled(own);
    const { actions } = await listActions(own, { limit: 1, tokens: true });
    expect(decodeToken(actions[0]?.token ?? '').actionId).toBe(comment);
  });

  it.each([
    [{ types: ['NOPE'] }, 'usage.type'],
    [{ types: ['PROXY'] }, 'usage.type'],
    [{ statuses: ['X'] }, 'usage.status'],
    [{ issuer: '-' }, 'usage.id-tag'],
    [{ as: 'bob.test' }, 'home.identity-missing'],
  ])('refuses %j', async (input, code) => {
    const own = await setUp();
    expect(await codeOfAsync(listActions(own, { limit: 1, ...input }))).toBe(code);
  });
});

describe('showAction', () => {
  it('finds an action by its ID or the beginning of it', async () => {
    const own = await setUp();
    const { follow } = await filled(own);
    for (const actionId of [follow, follow.slice(0, 12)]) {
      const shown = await showAction(own, { actionId, tokens: true });
      expect(shown).toMatchObject({ idTag: 'alice.test', action: { actionId: follow, type: 'FLLW', status: 'C' } });
    }
  });

  it('tells what became of the deliveries', async () => {
    const own = await setUp();
    const { post: actionId } = await filled(own);
    const delivery = { tenant: 'alice.test', actionId, to: 'bob.test', attempts: 1, at: own.clock.wall() } as const;
    const error = { code: 'peer.refused', message: 'no' } as const;
    await own.store.append([{ kind: 'delivery', ...delivery, state: 'refused', error }]);
    expect((await showAction(own, { actionId })).deliveries).toMatchObject([
      { to: 'bob.test', state: 'refused', error },
    ]);
  });

  it.each([
    ['a1~', 'usage.action-id'],
    ['a1~abc', 'usage.action-id'],
    ['hello', 'usage.action-id'],
    ['../../etc/passwd', 'usage.action-id'],
    [`a1~${'x'.repeat(43)}`, 'store.no-action'],
    ['a1~xxxxxx', 'store.no-action'],
  ])('refuses %s', async (actionId, code) => {
    const own = await setUp();
    await filled(own);
    expect(await codeOfAsync(showAction(own, { actionId }))).toBe(code);
  });
});

describe('listRelations', () => {
  async function related(own: OwnInstance) {
    const at = own.clock.wall();
    const row = {
      kind: 'relation',
      tenant: 'alice.test',
      following: false,
      follower: false,
      connected: false,
      at,
    } as const;
    await own.store.append([
      { ...row, peer: 'zoe.test', following: true },
      { ...row, peer: 'bob.test', follower: true },
      { ...row, peer: 'carol.test', following: true, follower: true, connected: true },
      { ...row, peer: 'gone.test' },
      { kind: 'peer', tenant: 'alice.test', idTag: 'bob.test', name: 'Bob', type: 'community', at },
    ]);
  }
  const peers = async (own: OwnInstance, input = {}) =>
    (await listRelations(own, input)).relations.map(({ peer }) => peer);

  it('lists by name, without those that ended', async () => {
    const own = await setUp();
    await related(own);
    expect(await peers(own)).toEqual(['bob.test', 'carol.test', 'zoe.test']);
    const { relations } = await listRelations(own, {});
    expect(relations[0]).toMatchObject({ name: 'Bob', type: 'community', follower: true, following: false });
    expect(relations[2]).toMatchObject({ name: null, type: null });
  });

  it('filters', async () => {
    const own = await setUp();
    await related(own);
    expect(await peers(own, { following: true })).toEqual(['carol.test', 'zoe.test']);
    expect(await peers(own, { followers: true })).toEqual(['bob.test', 'carol.test']);
    expect(await peers(own, { connected: true })).toEqual(['carol.test']);
    expect(await peers(own, { connected: true, followers: true })).toEqual(['bob.test', 'carol.test']);
  });

  it('tells apart what the peer was never told, until it is delivered', async () => {
    const own = await setUp();
    for (const type of ['FLLW', 'CONN'])
      await createAction(own, 'alice.test', { type, audienceTag: `${type}.test`.toLowerCase() });
    const at = own.clock.wall();
    const none = { following: true, follower: true, at } as const;
    await own.store.append([{ kind: 'relation', tenant: 'alice.test', peer: 'conn.test', ...none, connected: true }]);
    const seen = async () =>
      (await listRelations(own, {})).relations.map((relation) => [relation.peer, relation.undelivered]);
    expect(await seen()).toEqual([
      ['conn.test', true],
      ['fllw.test', true],
    ]);
    expect(renderRelations((await listRelations(own, {})).relations).join()).toMatch(
      /connected \(not delivered yet\).*following \(not delivered yet\)/,
    );
    expect(await showProfile(own, { idTag: 'fllw.test' })).toMatchObject({ following: true, undelivered: true });
    const delivered = { kind: 'delivery', tenant: 'alice.test', state: 'delivered', attempts: 1, at } as const;
    await own.store.append(own.store.deliveries({}).map(({ actionId, to }) => ({ ...delivered, actionId, to })));
    expect(await seen()).toEqual([
      ['conn.test', false],
      ['fllw.test', false],
    ]);
  });

  it('wants to know whose, when there are several', async () => {
    const own = await setUp(['alice.test', 'dave.test']);
    await related(own);
    expect(await codeOfAsync(listRelations(own, {}))).toBe('usage.as');
    expect(await peers(own, { as: 'dave.test' })).toEqual([]);
  });
});
