import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { decodeToken } from '../../../src/protocol/token.ts';
import { forgetDeleted } from '../../../src/services/inbox/forget-deleted.ts';
import { retryParked } from '../../../src/services/inbox/parked-worker.ts';
import type { Instance, InstanceOptions } from '../../support/instance.ts';
import { startNoted } from '../../support/noted-instance.ts';

async function start(options: InstanceOptions = {}) {
  const noted = await startNoted(options);
  return { ...noted, bob: noted.alice.peer('bob.test') };
}

async function notesOnDisk({ home, inbox }: Instance): Promise<string> {
  await inbox.arrivals.flush();
  const root = join(home, 'cache/arrivals');
  const names = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.log'));
  return (await Promise.all(names.map((name) => readFile(join(root, name), 'utf8')))).join('');
}

/** As if alice had followed bob. */
async function followBob({ store }: Instance): Promise<void> {
  const related = { following: true, follower: false, connected: false, at: 1 };
  await store.append([{ kind: 'relation', tenant: 'alice.test', peer: 'bob.test', ...related }]);
}

const FOLLOW = { t: 'FLLW', aud: 'alice.test' } as const;

describe('a note', () => {
  it('says of what was accepted who, when, from where, by which key and rule, and what it changed', async () => {
    const { alice, bob, notes, refused } = await start();
    const token = await bob.sign({ t: 'CONN', aud: 'alice.test', c: 'hello' });
    const answer = await alice.post('/api/inbox', { token }, { address: '192.0.2.9' });
    const [note] = await notes();
    expect(note).toMatchObject({
      ...{ outcome: 'accepted', origin: 'inbox', tenant: 'alice.test', address: '192.0.2.9', times: 1 },
      ...{ issuer: 'bob.test', type: 'CONN', bytes: token.length, verified: true, refusal: null, failed: [] },
      request: answer.headers['x-request-id'],
      key: { id: '261122', source: 'profile' },
      rule: 'anybody',
      change: { status: 'C', ended: [], answers: [] },
    });
    const stages = note?.stages.map(([stage]) => stage);
    expect(stages).toEqual([
      ...['decode', 'known', 'checks', 'key', 'signature', 'recipient', 'blocked', 'known', 'permission'],
      ...['quota', 'effects', 'record', 'announce', 'answer'],
    ]);
    expect(note?.passed).toContain('signature');
    expect(refused()).toEqual([]);
  });

  it('names what was signed in answer, and to how many it goes', async () => {
    const { alice, bob, notes } = await start({ settings: { connectionMode: 'accept' } });
    await alice.send(await bob.sign({ t: 'CONN', aud: 'alice.test', c: '' }));
    const [note] = await notes();
    const [answer] = note?.change?.answers ?? [];
    expect(answer).toMatchObject({ type: 'CONN:ACC', recipients: 1 });
    expect(alice.store.row('alice.test', answer?.actionId ?? '')?.issuer).toBe('alice.test');
    expect(note?.change?.relation).toMatchObject({ connected: true });
  });

  it('says which check failed, and the log says it in one line of level warn', async () => {
    const { alice, bob, notes, refused } = await start();
    const token = await bob.sign({ t: 'POST', c: 'a secret text' });
    const answer = await alice.post('/api/inbox', { token }, { address: '192.0.2.9' });
    const [note] = await notes();
    const why = { code: 'permission.denied', check: 'relation', stage: 'permission', blame: 'sender' };
    expect(note).toMatchObject({ outcome: 'refused', verified: true, rule: null, change: null, refusal: why });
    const reqId = answer.headers['x-request-id'];
    expect(refused()).toMatchObject([
      { level: 'warn', issuer: 'bob.test', type: 'POST', actionId: note?.actionId, ...why, reqId, ip: '192.0.2.9' },
    ]);
  });

  it('of a forged token tells that nothing of it is proven', async () => {
    const { alice, notes, refused } = await start();
    const mallory = alice.peer('mallory.test');
    alice.peer('bob.test');
    await alice.send(await mallory.sign({ ...FOLLOW, iss: 'bob.test' }));
    expect((await notes())[0]).toMatchObject({
      issuer: 'bob.test',
      verified: false,
      failed: [['signature', expect.any(String)]],
    });
    expect(refused()).toMatchObject([{ check: 'signature', code: 'token.signature' }]);
  });

  it('is made of what is no token', async () => {
    const { alice, notes } = await start();
    await alice.send('x.y.z');
    expect((await notes())[0]).toMatchObject({ outcome: 'refused', actionId: null, refusal: { check: 'format' } });
  });

  it('is made of a repeat, and of a quota', async () => {
    const { alice, bob, notes, refused } = await start({ settings: { 'limits.issuerActions': 1 } });
    const token = await bob.sign(FOLLOW);
    await alice.send(token);
    await alice.send(token);
    await alice.send(await bob.sign({ t: 'CONN', aud: 'alice.test', c: '' }));
    const outcomes = (await notes()).map(({ outcome }) => outcome);
    expect(outcomes.toSorted()).toEqual(['accepted', 'rate-limited', 'repeated']);
    expect(refused()).toMatchObject([{ code: 'rate.quota', check: 'quota', stage: 'quota' }]);
  });

  it('follows a parked token: why it waits, and how it ends, with one refusal at the end', async () => {
    const { alice, notes, refused } = await start();
    const dave = alice.peer('dave.test');
    alice.resolver.failures.set(
      'dave.test',
      new CloudilloError('tls.name', 'wrong name', { stage: 'tls', retryable: true }),
    );
    await alice.post('/api/inbox', { token: await dave.sign(FOLLOW) });
    const [parked] = alice.store.parked();
    if (!parked) throw new Error('nothing is parked');
    await retryParked(alice.inbox, parked);
    expect(refused()).toEqual([]);
    alice.resolver.failures.set('dave.test', new CloudilloError('token.key-unknown', 'no such key'));
    await retryParked(alice.inbox, parked);
    const made = await notes();
    const shown = made.map(({ outcome, origin, refusal }) => [outcome, origin, refusal?.code, refusal?.step]);
    expect(shown).toHaveLength(3);
    expect(shown).toContainEqual(['parked', 'inbox', 'tls.name', 'tls']);
    expect(shown).toContainEqual(['parked', 'parked', 'tls.name', 'tls']);
    expect(shown).toContainEqual(['refused', 'parked', 'token.key-unknown', null]);
    expect(refused()).toHaveLength(1);
  });

  it('is made of each of two requests that share a run', async () => {
    const { alice, bob, notes } = await start();
    const token = await bob.sign(FOLLOW);
    await Promise.all([alice.send(token), alice.send(token)]);
    expect((await notes()).map(({ outcome }) => outcome).toSorted()).toEqual(['accepted', 'repeated']);
  });

  it('is made of a related token, with the request that brought it', async () => {
    const { alice, bob, notes, refused } = await start();
    const carol = alice.peer('carol.test');
    await followBob(alice);
    const original = await carol.sign({ t: 'MSG', aud: 'alice.test', c: 'x', v: 'P' });
    const { actionId } = decodeToken(original);
    const answer = await alice.send(await bob.sign({ t: 'REPOST', aud: 'bob.test', sub: actionId }), [original]);
    const related = (await notes()).find(({ origin }) => origin === 'related');
    expect(related).toMatchObject({
      outcome: 'refused',
      issuer: 'carol.test',
      request: answer.headers['x-request-id'],
    });
    expect(refused()).toHaveLength(1);
  });
});

describe('on disk', () => {
  it('has no token and nothing of the content, whatever became of it', async () => {
    const { alice, bob } = await start();
    const secret = 'SECRET-CONTENT';
    const tokens = [
      await bob.sign({ t: 'CONN', aud: 'alice.test', c: secret }),
      await bob.sign({ t: 'POST', c: secret }),
      await bob.sign({ t: 'PRES', c: { status: secret } }),
      await bob.sign({ t: 'INVT', aud: 'alice.test', sub: `a1~${'x'.repeat(43)}`, c: { role: secret } }),
      await bob.sign({ t: 'REACT', sub: `a1~${'x'.repeat(43)}`, c: secret }),
      await bob.sign({ t: 'CONN', aud: 'carol.test', c: secret }),
    ];
    for (const token of tokens) await alice.send(token);
    const bytes = await notesOnDisk(alice);
    expect(bytes).toContain('permission.denied');
    expect(bytes).not.toContain(secret);
    for (const token of tokens) for (const part of token.split('.').slice(1)) expect(bytes).not.toContain(part);
  });

  it('has only the ID of what its issuer deleted', async () => {
    const { alice, bob } = await start();
    const stop = forgetDeleted({ live: alice.live, store: alice.store, arrivals: alice.inbox.arrivals });
    await followBob(alice);
    const token = await bob.sign({ t: 'POST', c: 'x' });
    await alice.post('/api/inbox', { token }, { address: '192.0.2.77' });
    const [row] = [...alice.store.rows('alice.test', { types: ['POST'] })];
    if (!row) throw new Error('the post is not stored');
    expect(await notesOnDisk(alice)).toContain('192.0.2.77');
    await alice.send(await bob.sign({ t: 'POST:DEL', c: 'x', sub: row.actionId }));
    expect(alice.store.row('alice.test', row.actionId)?.status).toBe('D');
    const bytes = await notesOnDisk(alice);
    expect(bytes).toContain(row.actionId);
    expect(bytes).not.toContain('192.0.2.77');
    stop();
  });

  it('is bounded, whatever a stranger writes into a token', async () => {
    const { alice, notes } = await start();
    const long = '\u001b]0;x\u0007'.repeat(2_000);
    const part = (json: unknown) => Buffer.from(JSON.stringify(json)).toString('base64url');
    const claims = { t: long, iss: long, k: long, aud: long, iat: 1, c: long };
    await alice.send(`${part({ alg: 'ES384' })}.${part(claims)}.${'A'.repeat(128)}`);
    const [note] = await notes();
    expect(JSON.stringify(note).length).toBeLessThan(12_000);
    expect(note).toMatchObject({ outcome: 'refused', verified: false });
  });
});
