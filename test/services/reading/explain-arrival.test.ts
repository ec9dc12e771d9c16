import { afterEach, describe, expect, it } from 'vitest';
import { ERRORS } from '../../../src/protocol/error-table.ts';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { LARGE_PROBE_TOKEN, PROBE_TOKEN } from '../../../src/protocol/probe-token.ts';
import { decodeToken } from '../../../src/protocol/token.ts';
import { arrivalView } from '../../../src/services/reading/arrival-view.ts';
import { type ExplainInput, explainArrival } from '../../../src/services/reading/explain-arrival.ts';
import { explainCode } from '../../../src/services/reading/explain-code.ts';
import { followArrivals, type ListArrivalsInput, listArrivals } from '../../../src/services/reading/list-arrivals.ts';
import { nextStep } from '../../../src/services/reading/next-step.ts';
import { emptyNote } from '../../../src/store/model/arrival-note.ts';
import { codeOfAsync as codeOf } from '../../support/codes.ts';
import { type Instance, startInstance } from '../../support/instance.ts';

const open: Instance[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((instance) => instance.close()));
});

async function start(idTags = ['alice.test']) {
  const alice = await startInstance({ idTags });
  open.push(alice);
  const { store, identities, server } = alice;
  const deps = { arrivals: alice.inbox.arrivals, store, identities, server };
  const explain = (what: string, options: Omit<ExplainInput, 'what'> = {}) =>
    explainArrival(deps, { what, ...options });
  const list = (input: Partial<ListArrivalsInput> = {}) => listArrivals(deps, { limit: 50, ...input });
  return { alice, deps, explain, list, bob: alice.peer('bob.test') };
}

const FOLLOW = { t: 'FLLW', aud: 'alice.test' } as const;

describe('explain', () => {
  it('tells the latest refusal, and with any the latest of all', async () => {
    const { alice, bob, explain } = await start();
    expect(await codeOf(explain('last'))).toBe('store.no-arrival');
    expect(await codeOf(explain('last', { any: true }))).toBe('store.no-arrival');
    const post = await bob.sign({ t: 'POST', c: 'x' });
    await alice.send(post);
    alice.clock.now += 5_000;
    const follow = await bob.sign(FOLLOW);
    await alice.send(follow);
    const last = await explain('last');
    expect(last.arrival).toMatchObject({
      actionId: decodeToken(post).actionId,
      answer: { status: 403, code: 'E-AUTH-NOPERM' },
    });
    expect(last.next).toContain('cloudillo follow bob.test --as alice.test');
    const any = await explain('last', { any: true });
    expect(any).toMatchObject({
      arrival: { actionId: decodeToken(follow).actionId, answer: { status: 201 } },
      next: null,
    });
    expect(any.stored).toMatchObject({ tenant: 'alice.test', type: 'FLLW', direction: 'in', status: 'A' });
  });

  it('passes over a probe of the inbox, and over nothing that only looks like one', async () => {
    const { alice, bob, explain, list } = await start();
    expect(() => decodeToken(PROBE_TOKEN)).toThrow();
    const refused = await bob.sign({ t: 'POST', c: 'x' });
    await alice.send(refused);
    const { actionId } = decodeToken(refused);
    // What comes along with it is dropped with it: it hides nothing.
    for (const related of [[], [await bob.sign({ t: 'POST', c: 'y' })]]) {
      alice.clock.now += 1_000;
      const answer = await alice.post('/api/inbox/sync', { token: PROBE_TOKEN, related });
      expect(answer.statusCode).toBe(400);
      expect((await explain('last')).arrival).toMatchObject({ actionId, probe: false });
    }
    expect((await explain('last', { any: true })).arrival).toMatchObject({ probe: true, outcome: 'refused' });
    await alice.post('/api/inbox/sync', { token: LARGE_PROBE_TOKEN });
    expect((await explain('last')).arrival).toMatchObject({ actionId, probe: false });
    expect((await list({ limit: 1 })).arrivals).toMatchObject([{ probe: true }]);
    for (const like of [`${PROBE_TOKEN}x`, PROBE_TOKEN.slice(1), `${PROBE_TOKEN}.x`, 'not.a.token']) {
      alice.clock.now += 1_000;
      const { headers } = await alice.post('/api/inbox/sync', { token: like });
      expect((await explain('last')).arrival).toMatchObject({ requestId: headers['x-request-id'], probe: false });
    }
  });

  it('finds an action by its ID or the beginning, and a request by its ID', async () => {
    const { alice, bob, explain } = await start();
    const token = await bob.sign({ t: 'POST', c: 'x' });
    const { actionId } = decodeToken(token);
    await alice.send(token);
    alice.clock.now += 1_000;
    const again = await alice.send(token);
    for (const what of [actionId, actionId.slice(0, 12), again.headers['x-request-id'] as string]) {
      expect((await explain(what)).arrival?.actionId).toBe(actionId);
    }
    expect((await explain(actionId)).earlier).toHaveLength(1);
    expect(await codeOf(explain('a1~x'))).toBe('usage.action-id');
    expect(await codeOf(explain('a1~nothing-here'))).toBe('store.no-arrival');
    expect(await codeOf(explain('no-such-request'))).toBe('store.no-arrival');
    const unknown = await explain('a1~nothing-here').catch((error: CloudilloError) => error);
    expect((unknown as CloudilloError).hint).toMatch(/never got here: ask the sender, who runs "cloudillo explain/);
  });

  it('refuses the beginning of several', async () => {
    const { deps, explain } = await start();
    for (const end of ['x', 'y'])
      deps.arrivals.note(emptyNote({ at: 1, outcome: 'refused', bytes: 1, actionId: `a1~same${end.repeat(39)}` }));
    expect(await codeOf(explain('a1~same'))).toBe('usage.action-id');
    expect((await explain(`a1~same${'x'.repeat(39)}`)).arrival?.actionId).toBe(`a1~same${'x'.repeat(39)}`);
  });

  it('tells what an answer became, and of an action of ours each delivery and what the peer said', async () => {
    const { alice, explain } = await start();
    const own = await alice.owner('alice.test').sign({ t: 'MSG', aud: 'bob.test', c: 'hi' });
    const { actionId } = decodeToken(own);
    const action = {
      tenant: 'alice.test',
      actionId,
      token: own,
      direction: 'out',
      receivedAt: 1,
      status: 'A',
    } as const;
    const error = { code: 'peer.refused', message: 'cl-o.bob.test answered 403' } as const;
    const delivery = {
      tenant: 'alice.test',
      actionId,
      to: 'bob.test',
      state: 'refused',
      attempts: 1,
      error,
      at: 2,
    } as const;
    await alice.store.append([
      { kind: 'action', ...action },
      { kind: 'deliveries', tenant: 'alice.test', actionId, to: ['bob.test'], nextAt: 1, at: 1 },
    ]);
    await alice.store.append([{ kind: 'delivery', ...delivery }]);
    const story = await explain(actionId.slice(0, 10));
    expect(story).toMatchObject({
      arrival: null,
      stored: { direction: 'out', type: 'MSG' },
      deliveries: [{ to: 'bob.test', state: 'refused', error: { code: 'peer.refused' } }],
    });
    expect(story.next).toContain(`cloudillo explain ${actionId}`);
  });
});

describe('what has to be different', () => {
  const refusal = { check: null, stage: null, blame: 'sender', retryAt: null, message: '', step: null } as const;

  it('is said for every code of the table, also offline', () => {
    for (const code of Object.keys(ERRORS) as (keyof typeof ERRORS)[]) {
      const note = emptyNote({ at: 1, outcome: 'refused', issuer: 'bob.test', refusal: { ...refusal, code } });
      expect(nextStep(note), code).toMatch(/\S/);
      expect(explainCode(code), code).toMatchObject({ code, next: expect.stringMatching(/\S/) });
    }
    expect(explainCode('last')).toBeNull();
    expect(explainCode('a1~abc')).toBeNull();
    expect(() => explainCode('token.nothing')).toThrow(CloudilloError);
  });

  it('puts no text of a stranger into a command but an idTag', () => {
    const why = { ...refusal, code: 'permission.denied', check: 'relation' } as const;
    const of = (issuer: string) =>
      nextStep(emptyNote({ at: 1, outcome: 'refused', tenant: 'alice.test', issuer, refusal: why }));
    expect(of('bob.test')).toContain('follow bob.test ');
    for (const issuer of ['$(reboot)', 'x; rm -rf ~', '--home=/', '\u001b[2J'])
      expect(of(issuer)).not.toContain(issuer);
  });

  it('is nothing for what was accepted', () => {
    expect(nextStep(emptyNote({ at: 1, outcome: 'accepted' }))).toBeNull();
  });
});

describe('the list', () => {
  it('is filtered by identity, issuer, type, outcome, code and time', async () => {
    const { alice, bob, list } = await start(['alice.test', 'anna.test']);
    const carol = alice.peer('carol.test');
    await alice.send(await bob.sign(FOLLOW));
    alice.clock.now += 10_000;
    await alice.send(await carol.sign({ ...FOLLOW, t: 'FLLW:DEL' }));
    await alice.send(await bob.sign({ t: 'POST', c: 'x' }));
    await alice.post('/api/inbox', { token: 'x.y.z' }, { tenant: 'anna.test' });
    const types = async (input: Partial<ListArrivalsInput>) =>
      (await list(input)).arrivals.map(({ type, outcome }) => `${type} ${outcome}`);
    expect(await types({})).toHaveLength(4);
    expect(await types({ as: 'anna.test' })).toEqual(['null refused']);
    expect(await types({ issuer: 'carol.test' })).toHaveLength(1);
    expect((await types({ types: ['FLLW'] })).toSorted()).toEqual([
      'FLLW accepted',
      expect.stringMatching(/^FLLW:DEL /),
    ]);
    expect(await types({ types: ['FLLW:DEL'] })).toHaveLength(1);
    expect(await types({ outcomes: ['refused'], issuer: 'bob.test' })).toEqual(['POST refused']);
    expect(await types({ code: 'permission' })).toEqual(['POST refused']);
    expect(await types({ code: 'token.malformed' })).toEqual(['null refused']);
    expect(await types({ since: alice.clock.now / 1000 - 5, issuer: 'bob.test' })).toEqual(['POST refused']);
    const page = await list({ limit: 3 });
    expect(page).toMatchObject({ hasMore: true, arrivals: { length: 3 } });
  });

  it('is followed: the earlier ones once, oldest first, then each as it comes', async () => {
    const { alice, bob, deps } = await start();
    await alice.send(await bob.sign(FOLLOW));
    deps.server.facts = { pid: 1, url: 'https://127.0.0.1', startedAt: 1 };
    const told: (string | null | undefined)[] = [];
    const ending = new AbortController();
    let ready = () => {};
    const isReady = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const done = followArrivals(
      deps,
      { limit: 50 },
      ({ stage, arrival }) => {
        told.push(arrival ? arrival.type : stage);
        if (stage === 'ready') ready();
      },
      ending.signal,
    );
    await isReady;
    await alice.send(await bob.sign({ t: 'POST', c: 'x' }));
    ending.abort();
    await done;
    await alice.send(await bob.sign({ t: 'CONN', aud: 'alice.test', c: '' }));
    expect(told).toEqual(['FLLW', 'ready', 'POST']);
  });

  it('can not be followed where no server runs', async () => {
    const { deps } = await start();
    const follow = followArrivals(deps, { limit: 1 }, () => {}, new AbortController().signal);
    expect(await codeOf(follow)).toBe('home.no-server');
  });
});

it('an arrival that no request brought was answered nothing', () => {
  expect(arrivalView(emptyNote({ at: 1, outcome: 'accepted', origin: 'parked' })).answer).toBeNull();
});
