import { describe, expect, it } from 'vitest';
import { actionId } from '../../../src/protocol/content-id.ts';
import { decodeToken } from '../../../src/protocol/token.ts';
import { verifyToken } from '../../../src/protocol/verify.ts';
import { deliverNow } from '../../../src/services/delivery/deliver-now.ts';
import { setTreatment } from '../../../src/services/peers/treatment.ts';
import { follow } from '../../../src/services/relating/follow.ts';
import type { FollowInput } from '../../../src/services/relating/follow-steps.ts';
import { unfollow } from '../../../src/services/relating/unfollow.ts';
import { forged } from '../../support/altered-tokens.ts';
import { failureOf } from '../../support/failure.ts';
import { answer, refuse, startLab } from '../../support/lab.ts';
import { makeIdentity, servePeer } from '../../support/lab-identity.ts';
import { inboxAnswers, type OwnInstance, ownInstance, posted } from '../../support/own-instance.ts';

const bob = makeIdentity('bob.test');

async function setUp(idTags?: string[]) {
  const lab = await startLab();
  const own = await ownInstance(lab, idTags);
  return { lab, own };
}

const followBob = (own: OwnInstance, input: Partial<FollowInput> = {}) =>
  follow(own, { peer: 'bob.test', ...input }, own.emit);
const rows = (own: OwnInstance) => [...own.store.rows('alice.test', {})];

/** The same, but for an owner who blocks bob while the command looks at profiles. */
const blockingMeanwhile = (own: OwnInstance): OwnInstance => ({
  ...own,
  api: {
    ...own.api,
    fetchProfile: async (idTag: string) => {
      await setTreatment(own, { peer: 'bob.test', blocked: true });
      return own.api.fetchProfile(idTag);
    },
  },
});

describe('follow', () => {
  it('looks at both profiles, signs, stores, delivers, and follows', async () => {
    const { lab, own } = await setUp();
    const [self, peer] = [await own.serve('alice.test'), await servePeer(lab, bob, inboxAnswers(202))];
    const result = await followBob(own);
    expect(result).toMatchObject({ as: 'alice.test', peer: 'bob.test', outcome: 'accepted', following: true });
    expect(result.delivery).toMatchObject({ state: 'delivered', status: 202, attempts: 1, error: null });
    expect(result.stages.map(({ stage, status }) => `${stage} ${status}`)).toEqual([
      'preflight done',
      'profile done',
      'sign done',
      'store done',
      'deliver done',
      'history failed',
    ]);
    expect(self.requests[0]?.url).toBe('/api/me');
    const [token] = posted(peer);
    expect(token).toBe(result.token);
    expect(decodeToken(token ?? '').claims).toMatchObject({
      iss: 'alice.test',
      t: 'FLLW',
      aud: 'bob.test',
      v: 'F',
    });
    expect(own.store.relation('alice.test', 'bob.test')).toMatchObject({ following: true, follower: false });
    expect(own.store.peer('alice.test', 'bob.test')?.name).toBe('bob.test');
    expect(rows(own)).toMatchObject([{ type: 'FLLW', direction: 'out', status: 'A', visibility: 'F' }]);
    expect(own.events.filter(({ status }) => status === 'start').map(({ stage }) => stage)).toEqual([
      'preflight',
      'profile',
      'sign',
      'store',
      'deliver',
      'history',
    ]);
  });

  it('signs what the published key verifies', async () => {
    const { lab, own } = await setUp();
    await own.serve('alice.test');
    await servePeer(lab, bob, inboxAnswers(201));
    const { token } = await followBob(own);
    const { k } = decodeToken(token ?? '').claims;
    const { key } = await own.keyResolver.resolve('alice.test', String(k));
    const verdict = await verifyToken(token ?? '', { key, now: own.clock.wall() / 1000, recipient: 'bob.test' });
    expect(verdict.valid).toBe(true);
  });

  it('is content when it follows already: nothing is signed or sent', async () => {
    const { lab, own } = await setUp();
    await own.serve('alice.test');
    const peer = await servePeer(lab, bob, inboxAnswers(202));
    const first = await followBob(own);
    const again = await followBob(own);
    expect(again).toMatchObject({ outcome: 'already', following: true, actionId: first.actionId, since: first.since });
    expect(again.since).not.toBeNull();
    expect(posted(peer)).toHaveLength(1);
    expect(rows(own)).toHaveLength(1);
  });

  it('signs once when asked twice at the same time', async () => {
    const { lab, own } = await setUp();
    await own.serve('alice.test');
    const peer = await servePeer(lab, bob, inboxAnswers(202));
    const results = await Promise.all([followBob(own), followBob(own), followBob(own)]);
    // Any of the three may be the one that comes first.
    expect(results.map(({ outcome }) => outcome).sort()).toEqual(['accepted', 'already', 'already']);
    expect(new Set(results.map(({ actionId }) => actionId)).size).toBe(1);
    expect(posted(peer)).toHaveLength(1);
  });

  it('counts a connection as following', async () => {
    const { own } = await setUp();
    const at = own.clock.wall();
    const connected = { peer: 'bob.test', following: true, follower: true, connected: true };
    await own.store.append([{ kind: 'relation', tenant: 'alice.test', ...connected, at }]);
    expect(await followBob(own)).toMatchObject({ outcome: 'already', following: true, actionId: null, since: null });
  });

  it('shows the token in a dry run and neither sends nor stores', async () => {
    const { lab, own } = await setUp();
    const peer = await servePeer(lab, bob, inboxAnswers(202));
    const result = await followBob(own, { dryRun: true });
    expect(result).toMatchObject({ outcome: 'dry-run', following: false, claims: { t: 'FLLW', aud: 'bob.test' } });
    expect(decodeToken(result.token ?? '').actionId).toBe(result.actionId);
    expect(peer.requests).toEqual([]);
    expect(own.store.stats().records).toBe(0);
  });

  it('asks for the verdict at /api/inbox/sync when told to', async () => {
    const { lab, own } = await setUp();
    await own.serve('alice.test');
    const peer = await servePeer(lab, bob, inboxAnswers(201));
    expect(await followBob(own, { sync: true })).toMatchObject({ outcome: 'accepted', verified: true });
    expect(peer.requests.some(({ url }) => url === '/api/inbox/sync')).toBe(true);
    // Again, with the same token: the peer answers like the first time.
    expect(await followBob(own, { sync: true })).toMatchObject({ outcome: 'already', verified: true });
    const [first, second] = posted(peer);
    expect(second).toBe(first);
  });

  it('says no when the peer does, and follows nobody then', async () => {
    const { lab, own } = await setUp();
    await own.serve('alice.test');
    const peer = await servePeer(lab, bob, inboxAnswers(403));
    const result = await followBob(own);
    expect(result).toMatchObject({
      outcome: 'refused',
      following: false,
      since: null,
      error: { code: 'peer.refused' },
    });
    expect(result.error?.details).toMatchObject({ status: 403, peerCode: 'E-AUTH-NOPERM' });
    expect(rows(own)).toMatchObject([{ status: 'D' }]);
    expect(own.store.deliveries({ state: 'queued' })).toEqual([]);
    // Later the peer may have changed its mind: a new follow, with a newer token.
    const again = await followBob(own);
    expect(again.outcome).toBe('refused');
    const iats = posted(peer).map((token) => decodeToken(token).claims['iat'] as number);
    expect(iats[1]).toBeGreaterThan(iats[0] ?? Number.POSITIVE_INFINITY);
  });

  it.each([408, 429, 500, 503])('keeps it queued when the peer answers %i', async (status) => {
    const { lab, own } = await setUp();
    await own.serve('alice.test');
    await servePeer(lab, bob, inboxAnswers(status));
    const before = own.clock.wall();
    const result = await followBob(own);
    expect(result).toMatchObject({ outcome: 'queued', following: true, delivery: { state: 'queued', attempts: 1 } });
    expect(result.delivery?.nextAt).toBeGreaterThanOrEqual(before + 60_000);
    expect(own.store.deliveries({ state: 'queued' })).toHaveLength(1);
  });

  it('waits as long as Retry-After asks', async () => {
    const { lab, own } = await setUp();
    await own.serve('alice.test');
    await servePeer(lab, bob, (_request, response) => {
      refuse(response, 429, 'E-RATE-LIMITED', { 'retry-after': '600' });
    });
    const before = own.clock.wall();
    const { delivery } = await followBob(own);
    expect(delivery?.nextAt).toBeGreaterThanOrEqual(before + 600_000);
  });

  it('queues without sending anything when the own profile does not answer in public', async () => {
    const { lab, own } = await setUp();
    const peer = await servePeer(lab, bob, inboxAnswers(202));
    const before = own.clock.wall();
    const result = await followBob(own);
    expect(result).toMatchObject({ outcome: 'queued', following: true, delivery: { attempts: 0 } });
    // Whoever asks later what it waits for is told.
    const [waiting] = own.store.deliveries({ state: 'queued' });
    expect(waiting).toMatchObject({ to: 'bob.test', attempts: 0, error: { code: 'dns.nxdomain' } });
    expect(waiting?.nextAt).toBeGreaterThanOrEqual(before + 60_000);
    expect(result.error?.code).toBe('dns.nxdomain');
    expect(result.stages[0]).toMatchObject({ stage: 'preflight', status: 'failed' });
    expect(posted(peer)).toEqual([]);
  });

  it('sees that another server answers under its name', async () => {
    const { lab, own } = await setUp();
    await servePeer(lab, makeIdentity('alice.test'));
    const peer = await servePeer(lab, bob, inboxAnswers(202));
    expect(await followBob(own)).toMatchObject({ outcome: 'queued', error: { code: 'peer.mismatch' } });
    expect(posted(peer)).toEqual([]);
  });

  it('leaves the look at itself out when told to', async () => {
    const { lab, own } = await setUp();
    await servePeer(lab, bob, inboxAnswers(202));
    const result = await followBob(own, { preflight: false });
    expect(result).toMatchObject({ outcome: 'accepted' });
    expect(result.stages[0]).toMatchObject({ stage: 'preflight', status: 'skipped' });
  });

  it('queues when the peer is down, and delivers the same token when it is up again', async () => {
    const { lab, own } = await setUp();
    await own.serve('alice.test');
    const down = await servePeer(lab, bob);
    await down.close();
    const queued = await followBob(own);
    expect(queued).toMatchObject({ outcome: 'queued', following: true, error: { code: 'network.refused' } });
    const peer = await servePeer(lab, bob, inboxAnswers(202));
    const { reports } = await deliverNow(own, {}, own.emit);
    expect(reports).toMatchObject([{ to: 'bob.test', state: 'delivered', status: 202 }]);
    expect(posted(peer)).toEqual([queued.token]);
    expect(await followBob(own)).toMatchObject({ outcome: 'already', actionId: queued.actionId });
  });

  it('tries again what is queued when asked again', async () => {
    const { lab, own } = await setUp();
    await own.serve('alice.test');
    const peer = await servePeer(lab, bob, inboxAnswers(503, 202));
    const first = await followBob(own);
    expect(first.outcome).toBe('queued');
    expect(await followBob(own)).toMatchObject({ outcome: 'accepted', actionId: first.actionId });
    expect(posted(peer)).toEqual([first.token, first.token]);
  });

  it('stores the recent posts of the peer that verify, and only those', async () => {
    const { lab, own } = await setUp();
    await own.serve('alice.test');
    const mallory = makeIdentity('mallory.test');
    await servePeer(lab, mallory);
    const post = await bob.sign({ t: 'POST:TEXT', c: 'hello', v: 'F' });
    const tampered = forged(post);
    const foreign = await mallory.sign({ t: 'POST', c: 'not from bob' });
    const follows = await bob.sign({ t: 'FLLW', aud: 'carol.test' });
    // Sound, and not bob's to say: the counts of what isn't his, and a repost to nobody.
    const counts = await bob.sign({ t: 'STAT', p: `a1~${'A'.repeat(43)}`, c: { r: '9,L9' } });
    const repost = await bob.sign({ t: 'REPOST', sub: `a1~${'A'.repeat(43)}` });
    const tokens = [post, tampered, foreign, follows, counts, repost, 'no token'];
    await servePeer(lab, bob, ({ url }, response) => {
      if (url.startsWith('/api/inbox')) return answer(response, {}, { status: 202 });
      if (url.startsWith('/api/auth/access-token')) return answer(response, { token: 'access' });
      if (url.startsWith('/api/outbox')) return answer(response, { items: tokens.map((token) => ({ token })) });
      refuse(response, 404, 'E-CORE-NOTFOUND');
    });
    expect((await followBob(own)).history).toEqual({ stored: 1, problem: null });
    const received = rows(own).filter(({ direction }) => direction === 'in');
    expect(received).toMatchObject([{ type: 'POST', subtype: 'TEXT', issuer: 'bob.test', visibility: 'F' }]);
  });

  it('stores what the recent posts bring along, as the inbox does, and what is told twice once', async () => {
    const { lab, own } = await setUp();
    await own.serve('alice.test');
    const carol = makeIdentity('carol.test');
    await servePeer(lab, carol);
    const onWall = await carol.sign({ t: 'POST:TEXT', aud: 'bob.test', c: 'on your wall', v: 'P' });
    const approval = await bob.sign({ t: 'APRV', aud: 'carol.test', sub: actionId(onWall), v: 'F' });
    const original = await carol.sign({ t: 'POST:TEXT', c: 'worth a repost', v: 'P' });
    const repost = await bob.sign({ t: 'REPOST', aud: 'bob.test', sub: actionId(original), v: 'P' });
    const unnamed = await carol.sign({ t: 'POST:TEXT', c: 'named by nobody', v: 'P' });
    const counts = await bob.sign({ t: 'STAT', p: actionId(onWall), c: { r: '1,L1' } });
    const items = [
      { token: approval, related: [onWall, unnamed] },
      { token: repost, related: [forged(original), original] },
      { token: counts },
      { token: approval, related: [onWall] },
    ];
    await servePeer(lab, bob, ({ url }, response) => {
      if (url.startsWith('/api/inbox')) return answer(response, {}, { status: 202 });
      if (url.startsWith('/api/auth/access-token')) return answer(response, { token: 'access' });
      if (url.startsWith('/api/outbox')) return answer(response, { items });
      refuse(response, 404, 'E-CORE-NOTFOUND');
    });
    expect((await followBob(own)).history).toEqual({ stored: 3, problem: null });
    const received = rows(own).filter(({ direction }) => direction === 'in');
    const expected = [approval, onWall, repost, original, counts].map(actionId);
    expect(received.map((row) => row.actionId).sort()).toEqual(expected.sort());
  });

  it('follows all the same when there is no history to be had', async () => {
    const { lab, own } = await setUp();
    await own.serve('alice.test');
    await servePeer(lab, bob, inboxAnswers(202));
    const { outcome, history } = await followBob(own);
    expect({ outcome, code: history?.problem?.code }).toEqual({ outcome: 'accepted', code: 'peer.refused' });
  });

  it('follows nobody who is blocked while it looks around', async () => {
    const { lab, own } = await setUp();
    await own.serve('alice.test');
    const peer = await servePeer(lab, bob, inboxAnswers(202));
    expect((await failureOf(followBob(blockingMeanwhile(own)))).code).toBe('usage.blocked');
    expect({ rows: rows(own), posted: posted(peer) }).toEqual({ rows: [], posted: [] });
    expect(own.store.relation('alice.test', 'bob.test').following).toBe(false);
  });

  it('gives up the unfollow that still waits', async () => {
    const { lab, own } = await setUp();
    await own.serve('alice.test');
    const peer = await servePeer(lab, bob, inboxAnswers(202, 503, 202));
    await followBob(own);
    const { actionId } = await unfollow(own, { peer: 'bob.test' }, own.emit);
    expect(await followBob(own)).toMatchObject({ outcome: 'accepted', following: true });
    expect(own.store.deliveries({ tenant: 'alice.test', actionId: actionId ?? '' })).toMatchObject([
      { state: 'superseded', error: { code: 'check.superseded' } },
    ]);
    await deliverNow(own, {}, own.emit);
    expect(posted(peer)).toHaveLength(3);
  });

  it('acts as the identity that is named', async () => {
    const { lab, own } = await setUp(['alice.test', 'carol.test']);
    await own.serve('carol.test');
    await servePeer(lab, bob, inboxAnswers(202));
    expect(await followBob(own, { as: 'carol.test' })).toMatchObject({ as: 'carol.test', outcome: 'accepted' });
    expect(own.store.relation('alice.test', 'bob.test').following).toBe(false);
    expect((await failureOf(followBob(own))).code).toBe('usage.as');
    expect((await failureOf(followBob(own, { as: 'dave.test' }))).code).toBe('home.identity-missing');
  });

  it.each([
    ['a name that is none', 'not a name', 'usage.id-tag'],
    ['oneself', 'alice.test', 'usage.self'],
    ['a name that does not exist', 'nobody.test', 'dns.nxdomain'],
  ])('refuses %s and stores nothing', async (_what, peer, code) => {
    const { own } = await setUp();
    await own.serve('alice.test');
    expect((await failureOf(followBob(own, { peer }))).code).toBe(code);
    expect(own.store.stats().records).toBe(0);
  });

  it('refuses a host that is no such identity, and stores nothing', async () => {
    const { lab, own } = await setUp();
    await own.serve('alice.test');
    const nobody = await lab.peer('bob.test', (_request, response) => refuse(response, 404, 'E-CORE-NOTFOUND'));
    expect((await failureOf(followBob(own))).code).toBe('peer.refused');
    await nobody.close();
    await lab.peer('bob.test', (_request, response) => answer(response, { ...bob.profile, idTag: 'eve.test' }));
    expect((await failureOf(followBob(own))).code).toBe('peer.mismatch');
    expect(own.store.stats().records).toBe(0);
  });
});

describe('unfollow', () => {
  it('replaces the follow by a newer FLLW:DEL and delivers it', async () => {
    const { lab, own } = await setUp();
    await own.serve('alice.test');
    const peer = await servePeer(lab, bob, inboxAnswers(202));
    await followBob(own);
    const result = await unfollow(own, { peer: 'bob.test' }, own.emit);
    expect(result).toMatchObject({ outcome: 'accepted', following: false, since: null, claims: { t: 'FLLW:DEL' } });
    const [follows, deletes] = posted(peer).map((token) => decodeToken(token).claims);
    expect(deletes?.['iat']).toBeGreaterThan(follows?.['iat'] as number);
    expect(own.store.relation('alice.test', 'bob.test').following).toBe(false);
    expect(rows(own).map(({ subtype, current }) => [subtype, current])).toEqual([
      ['DEL', true],
      [null, false],
    ]);
    // And back again, newer still.
    await followBob(own);
    const iats = posted(peer).map((token) => decodeToken(token).claims['iat'] as number);
    expect(iats).toEqual([...new Set(iats)].sort((a, b) => a - b));
  });

  it('is content when it does not follow', async () => {
    const { own } = await setUp();
    const result = await unfollow(own, { peer: 'bob.test' }, own.emit);
    expect(result).toMatchObject({ outcome: 'already', following: false });
    expect(own.store.stats().records).toBe(0);
  });

  it('ends the follow here even when the peer is gone, and drops the follow that was never delivered', async () => {
    const { lab, own } = await setUp();
    await own.serve('alice.test');
    const down = await servePeer(lab, bob);
    await down.close();
    const { actionId } = await followBob(own);
    const result = await unfollow(own, { peer: 'bob.test' }, own.emit);
    expect(result).toMatchObject({ outcome: 'queued', following: false, error: { code: 'network.refused' } });
    const peer = await servePeer(lab, bob, inboxAnswers(202));
    await deliverNow(own, {}, own.emit);
    expect(posted(peer)).toEqual([result.token]);
    expect(own.store.deliveries({ tenant: 'alice.test', actionId: actionId ?? '' })).toMatchObject([
      { state: 'superseded' },
    ]);
  });

  it('tells nothing to a peer that is blocked meanwhile', async () => {
    const { lab, own } = await setUp();
    await own.serve('alice.test');
    const peer = await servePeer(lab, bob, inboxAnswers(202));
    await followBob(own);
    const result = await unfollow(blockingMeanwhile(own), { peer: 'bob.test' }, own.emit);
    expect(result).toMatchObject({ outcome: 'already', following: false, delivery: null });
    expect(posted(peer)).toHaveLength(1);
    expect(own.store.deliveries({ state: 'queued' })).toEqual([]);
  });

  it('stays ended when the peer refuses to take note', async () => {
    const { lab, own } = await setUp();
    await own.serve('alice.test');
    await servePeer(lab, bob, inboxAnswers(202, 403));
    await followBob(own);
    const result = await unfollow(own, { peer: 'bob.test' }, own.emit);
    expect(result).toMatchObject({ outcome: 'refused', following: false });
    expect(own.store.relation('alice.test', 'bob.test').following).toBe(false);
  });

  it('shows the token in a dry run', async () => {
    const { own } = await setUp();
    const result = await unfollow(own, { peer: 'bob.test', dryRun: true }, own.emit);
    expect(result).toMatchObject({ outcome: 'dry-run', claims: { t: 'FLLW:DEL' } });
    expect(own.store.stats().records).toBe(0);
  });
});
