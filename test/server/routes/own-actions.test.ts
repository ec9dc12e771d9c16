import { Value } from '@sinclair/typebox/value';
import { describe, expect, it, onTestFinished } from 'vitest';
import { decodeToken } from '../../../src/protocol/token.ts';
import { verifyToken } from '../../../src/protocol/verify.ts';
import { actionAnswerSchema } from '../../../src/server/schemas/actions.ts';
import { type Instance, KEY_ID, refusal, startInstance } from '../../support/instance.ts';

async function start(options: Parameters<typeof startInstance>[0] = {}) {
  const alice = await startInstance(options);
  onTestFinished(() => alice.close());
  const bearer = await alice.bearer();
  const say = (body: unknown) => alice.post('/api/actions', body, { bearer });
  const decide = (actionId: string, what: string) =>
    alice.post(`/api/actions/${encodeURIComponent(actionId)}/${what}`, '', { bearer });
  const remove = (actionId: string) =>
    alice.app.inject({
      method: 'DELETE',
      url: `/api/actions/${actionId}`,
      headers: { host: 'cl-o.alice.test', authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    });
  return { alice, bearer, say, decide, remove };
}

const statusOf = (alice: Instance, actionId: string) => alice.store.row('alice.test', actionId)?.status;

describe('POST /api/actions', () => {
  it('signs, stores and queues, and answers the view with the real ID', async () => {
    const { alice, say } = await start();
    await alice.send(await alice.peer('bob.test').sign({ t: 'FLLW', aud: 'alice.test' }));
    const answer = await say({ type: 'POST', subType: 'TEXT', content: 'Count me', visibility: 'P' });
    expect(answer.statusCode).toBe(201);
    expect([...Value.Errors(actionAnswerSchema, answer.json())]).toEqual([]);
    const { data } = answer.json();
    expect(data).toMatchObject({ type: 'POST', subType: 'TEXT', content: 'Count me', visibility: 'P', status: 'A' });
    const { key } = await alice.resolver.resolve('alice.test', KEY_ID);
    const { valid, actionId } = await verifyToken(data.token, { key, now: alice.clock.now / 1000 });
    expect({ valid, actionId }).toEqual({ valid: true, actionId: data.actionId });
    expect(alice.store.deliveries({ tenant: 'alice.test' })).toMatchObject([{ to: 'bob.test', state: 'queued' }]);
    const read = await alice.get(`/api/actions/${data.actionId}`, { bearer: await alice.bearer() });
    expect(read.json().data).toEqual(data);
  });

  it('takes what the network’s client sends, and answers as recorded', async () => {
    const { alice, say } = await start();
    await alice.send(await alice.peer('carol.test').sign({ t: 'CONN', aud: 'alice.test' }));
    const conv = (await say({ type: 'CONV', content: { name: 'Plans', description: 'What next' } })).json().data;
    expect(conv).toMatchObject({ type: 'CONV', visibility: 'S', content: { name: 'Plans' } });
    // Signed for those who get it, not shown as chosen.
    expect(decodeToken(conv.token).claims).toMatchObject({ f: 'rco' });
    expect(conv).not.toHaveProperty('flags');
    const invite = { type: 'INVT', audienceTag: 'carol.test', subject: conv.actionId, content: { role: 'member' } };
    expect((await say(invite)).json().data).toMatchObject({
      audience: { idTag: 'carol.test' },
      subject: conv.actionId,
      visibility: 'S',
    });
    const message = { type: 'MSG', subject: conv.actionId, content: 'Welcome' };
    expect((await say(message)).json().data).toMatchObject({ subject: conv.actionId, visibility: 'S' });
    const direct = { type: 'MSG', audienceTag: 'carol.test', content: 'Just us' };
    expect((await say(direct)).json().data).toMatchObject({ audience: { idTag: 'carol.test' }, visibility: 'F' });
    const quiet = { type: 'POST', subType: 'TEXT', content: 'No comments', visibility: 'P', flags: 'Rc' };
    expect((await say(quiet)).json().data).toMatchObject({ flags: 'Rc' });
    const later = { type: 'POST', content: 'soon gone', expiresAt: alice.clock.now / 1000 + 60 };
    expect((await say(later)).json().data.expiresAt).toBe('2026-11-22T18:01:00Z');
    const alsoLater = { type: 'POST', content: 'soon gone, too', expiresAt: '2026-11-22T19:02:00.5+01:00' };
    expect((await say(alsoLater)).json().data.expiresAt).toBe('2026-11-22T18:02:00Z');
  });

  it('takes null for what isn’t said', async () => {
    const { say } = await start();
    const absent = {
      audienceTag: null,
      attachments: null,
      subject: null,
      parentId: null,
      flags: null,
      expiresAt: null,
    };
    const more = { subType: null, visibility: null, draft: null, publishAt: null };
    const answer = await say({ type: 'POST', content: 'Hello', ...absent, ...more });
    expect(answer.statusCode).toBe(201);
    const { claims } = decodeToken(answer.json().data.token);
    expect(Object.keys(claims).sort()).toEqual(['c', 'iat', 'iss', 'k', 't', 'v']);
  });

  it('passes PRES on and keeps nothing of it', async () => {
    const { alice, say } = await start();
    const before = alice.journal();
    const answer = await say({ type: 'PRES', subType: 'TYPING', audienceTag: 'bob.test', subject: '@bob.test' });
    expect(answer.statusCode).toBe(201);
    expect([...Value.Errors(actionAnswerSchema, answer.json())]).toEqual([]);
    await expect.poll(() => alice.told).toEqual([{ to: 'bob.test', token: answer.json().data.token }]);
    expect(alice.journal()).toBe(before);
  });

  it.each<[string, unknown, number, string]>([
    ['no body', '', 400, 'E-VAL-INVALID'],
    ['an unknown field', { type: 'POST', content: 'x', colour: 'red' }, 400, 'E-VAL-INVALID'],
    ['a draft', { type: 'POST', content: 'x', draft: true }, 400, 'E-VAL-INVALID'],
    ['a time to publish', { type: 'POST', content: 'x', publishAt: '2030-01-01' }, 400, 'E-VAL-INVALID'],
    ['a time that is none', { type: 'POST', content: 'x', expiresAt: 'soon' }, 400, 'E-VAL-INVALID'],
    ['no day of any month', { type: 'POST', content: 'x', expiresAt: '2030-13-01T00:00:00Z' }, 400, 'E-VAL-INVALID'],
    ['null for what has to be said', { type: 'POST', content: null }, 400, 'E-VAL-INVALID'],
    ['an unknown type', { type: 'NOPE' }, 400, 'E-VAL-INVALID'],
    ['a type that is no action', { type: 'PROXY', audienceTag: 'bob.test' }, 400, 'E-VAL-INVALID'],
    ['missing content', { type: 'POST' }, 400, 'E-VAL-INVALID'],
    ['a REPOST without audience', { type: 'REPOST', subject: 'a1~x' }, 400, 'E-VAL-INVALID'],
    ['an answer to the unknown', { type: 'CMNT', parentId: 'a1~x', content: 'x' }, 404, 'E-CORE-NOTFOUND'],
    ['an acceptance of nothing', { type: 'CONN', subType: 'ACC', audienceTag: 'bob.test' }, 409, 'E-CORE-CONFLICT'],
    [
      'an approval of what is elsewhere',
      { type: 'APRV', subject: 'a1~x', audienceTag: 'b.test' },
      404,
      'E-CORE-NOTFOUND',
    ],
  ])('refuses %s, and stores nothing', async (_what, body, status, code) => {
    const { alice, say } = await start();
    const before = alice.journal();
    expect(refusal(await say(body))).toEqual({ status, code });
    expect(alice.journal()).toBe(before);
  });

  it('says what a REPOST lacks in the network’s words', async () => {
    const { say } = await start();
    const answer = await say({ type: 'REPOST', subject: 'a1~x', content: 'look', visibility: 'P' });
    expect(answer.json().error.message).toBe('Request validation failed: REPOST requires an explicit audience');
  });

  it('is a wrong request where its audience is blocked here, not a refusal', async () => {
    const { alice, say } = await start();
    await alice.store.append([
      { kind: 'treatment', tenant: 'alice.test', peer: 'bob.test', blocked: true, muted: false, at: 1 },
    ]);
    const answer = await say({ type: 'MSG', content: 'x', audienceTag: 'bob.test' });
    expect(refusal(answer)).toEqual({ status: 400, code: 'E-VAL-INVALID' });
  });

  it('is the owner’s alone', async () => {
    const { alice } = await start({ idTags: ['alice.test', 'eve.test'] });
    const body = { type: 'POST', content: 'x' };
    const guest = await alice.post('/api/actions', body);
    const bob = await alice.post('/api/actions', body, {
      bearer: await alice.bearer({ subject: 'b.test', owner: false }),
    });
    const eve = { tenant: 'eve.test', subject: 'eve.test', owner: true };
    const neighbour = await alice.post('/api/actions', body, { bearer: await alice.bearer(eve) });
    const garbage = await alice.post('/api/actions', { nonsense: true }, { bearer: 'x' });
    expect([guest, bob, neighbour, garbage].map((answer) => answer.statusCode)).toEqual([403, 403, 401, 401]);
    expect([...alice.store.rows('alice.test', {})]).toEqual([]);
    for (const path of ['accept', 'reject', 'dismiss']) {
      expect(refusal(await alice.post(`/api/actions/a1~x/${path}`, ''))).toEqual({
        status: 403,
        code: 'E-AUTH-NOPERM',
      });
    }
  });
});

describe('decisions', () => {
  async function withRequest() {
    const started = await start();
    const { alice } = started;
    const bob = alice.peer('bob.test');
    const token = await bob.sign({ t: 'CONN', aud: 'alice.test' });
    await alice.send(token);
    return { ...started, bob, actionId: decodeToken(token).actionId };
  }

  it('accept answers 200 with null, connects, and is a success when repeated', async () => {
    const { alice, decide, actionId } = await withRequest();
    for (const _ of [1, 2]) {
      const answer = await decide(actionId, 'accept');
      expect(answer.statusCode).toBe(200);
      expect(answer.json().data).toBeNull();
    }
    expect(alice.store.relation('alice.test', 'bob.test')).toMatchObject({ connected: true, following: true });
    expect([...alice.store.rows('alice.test', { types: ['CONN'], issuer: 'alice.test' })]).toHaveLength(1);
  });

  it('reject hides it, dismiss refuses what awaits an answer', async () => {
    const { alice, decide, actionId } = await withRequest();
    expect(refusal(await decide(actionId, 'dismiss'))).toEqual({ status: 400, code: 'E-VAL-INVALID' });
    expect((await decide(actionId, 'reject')).statusCode).toBe(200);
    expect(statusOf(alice, actionId)).toBe('D');
    expect((await decide(actionId, 'dismiss')).statusCode).toBe(200);
    expect(statusOf(alice, actionId)).toBe('D');
    expect(alice.store.deliveries()).toEqual([]);
  });

  it('of what is unknown are 404, of our own 400', async () => {
    const { say, decide, remove } = await withRequest();
    const { actionId } = (await say({ type: 'POST', content: 'x' })).json().data;
    for (const what of ['accept', 'reject', 'dismiss']) {
      expect(refusal(await decide(`a1~${'x'.repeat(43)}`, what))).toEqual({ status: 404, code: 'E-CORE-NOTFOUND' });
      expect(refusal(await decide(actionId, what))).toEqual({ status: 400, code: 'E-VAL-INVALID' });
    }
    expect(refusal(await remove('a1~x'))).toEqual({ status: 404, code: 'E-CORE-NOTFOUND' });
  });

  it('DELETE takes back what one said, and answers null as the network’s server does', async () => {
    const { alice, say, remove } = await withRequest();
    const { actionId } = (await say({ type: 'POST', content: 'x', visibility: 'P' })).json().data;
    const answer = await remove(actionId);
    expect({ status: answer.statusCode, data: answer.json().data }).toEqual({ status: 200, data: null });
    expect(statusOf(alice, actionId)).toBe('D');
    expect([...alice.store.rows('alice.test', { types: ['POST'], subject: actionId })]).toMatchObject([
      { subtype: 'DEL' },
    ]);
    expect((await alice.get(`/api/actions/${actionId}`)).statusCode).toBe(410);
    expect((await remove(actionId)).statusCode).toBe(200);
  });
});
