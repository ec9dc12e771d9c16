import { afterEach, describe, expect, it } from 'vitest';
import { isInDomain, namesOf, parseIdTagOrDomain } from '../../../src/protocol/domain-pattern.ts';
import { decodeToken } from '../../../src/protocol/token.ts';
import { importBlocks, listBlocks } from '../../../src/services/peers/blocks.ts';
import { listRelations } from '../../../src/services/peers/list-relations.ts';
import { setTreatment } from '../../../src/services/peers/treatment.ts';
import { listProfiles } from '../../../src/services/profiles/list-profiles.ts';
import { openFileStore } from '../../../src/store/engine/store.ts';
import { codeOf, codeOfAsync } from '../../support/codes.ts';
import { type Instance, refusal, startInstance } from '../../support/instance.ts';

const open: Instance[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((instance) => instance.close()));
});

const BAD = '*.bad.example';
const DENIED = { status: 403, code: 'E-AUTH-NOPERM' };
const OK = { status: 201, code: null };

async function start() {
  const alice = await startInstance();
  open.push(alice);
  const { store, identities, inbox, locks } = alice;
  const deps = { store, identities, clock: inbox.clock, locks };
  const block = (peer: string, blocked = true) => setTreatment(deps, { peer, blocked });
  const knock = async (idTag: string, c: string) =>
    refusal(await alice.send(await alice.peer(idTag).sign({ t: 'CONN', aud: 'alice.test', c })));
  return { alice, deps, block, knock };
}

describe('a block of a domain', () => {
  it('holds at the inbox for everything below it and the domain itself, and for nobody else', async () => {
    const { block, knock } = await start();
    expect(await block(BAD)).toMatchObject({ peer: BAD, blocked: true, changed: true });
    for (const idTag of ['bad.example', 'a.bad.example', 'deep.down.bad.example'])
      expect(await knock(idTag, 'x'), idTag).toEqual(DENIED);
    for (const idTag of ['notbad.example', 'bad.example.org', 'good.example'])
      expect(await knock(idTag, 'x'), idTag).toEqual(OK);
    expect(await block(BAD)).toMatchObject({ changed: false });
    expect(await block(BAD, false)).toMatchObject({ blocked: false, changed: true });
    expect(await knock('a.bad.example', 'y')).toEqual(OK);
  });

  it('ends the relations and drops what waits, of its peers only', async () => {
    const { alice, block } = await start();
    const relation = { tenant: 'alice.test', following: true, follower: true, connected: false, at: 1 };
    const peers = ['a.bad.example', 'b.test'];
    const token = await alice.owner('alice.test').sign({ t: 'POST', c: 'x' });
    const { actionId } = decodeToken(token);
    await alice.store.append([
      ...peers.map((peer) => ({ kind: 'relation', peer, ...relation }) as const),
      { kind: 'action', tenant: 'alice.test', actionId, token, direction: 'out', receivedAt: 1, status: 'A' },
      { kind: 'deliveries', tenant: 'alice.test', actionId, to: peers, nextAt: 1, at: 1 },
    ]);
    expect(await block(BAD)).toMatchObject({ dropped: 1 });
    expect(alice.store.relation('alice.test', 'a.bad.example')).toMatchObject({ following: false, follower: false });
    expect(alice.store.relation('alice.test', 'b.test')).toMatchObject({ following: true });
    const states = alice.store.deliveries({ tenant: 'alice.test' }).map(({ to, state }) => `${to} ${state}`);
    expect(states.toSorted()).toEqual(['a.bad.example dropped', 'b.test queued']);
  });

  it('is in the journal, and in the saved index', async () => {
    const { alice, block, deps } = await start();
    await block(BAD);
    await setTreatment(deps, { peer: 'a.bad.example', muted: true });
    const expected = { blocked: true, muted: true, by: BAD };
    expect(alice.store.treatment('alice.test', 'a.bad.example')).toMatchObject(expected);
    await alice.store.rebuild();
    expect(alice.store.treatment('alice.test', 'a.bad.example')).toMatchObject(expected);
    await alice.store.close();
    const again = await openFileStore(alice.home);
    expect(again.treatment('alice.test', 'a.bad.example')).toMatchObject(expected);
    expect(again.treatment('alice.test', 'bad.example')).toMatchObject({ blocked: true, muted: false });
    await again.close();
  });

  it('is ended with the domain, not peer by peer; a block of the peer itself outlasts it', async () => {
    const { alice, block } = await start();
    await block('a.bad.example');
    await block(BAD);
    expect(await codeOfAsync(block('b.bad.example', false))).toBe('check.state');
    await block(BAD, false);
    expect(alice.store.treatment('alice.test', 'a.bad.example').blocked).toBe(true);
    expect(alice.store.treatment('alice.test', 'b.bad.example').blocked).toBe(false);
  });

  it('takes no pattern that is wrong, or has the identity itself in it', async () => {
    const { deps, block } = await start();
    expect(await codeOfAsync(block('*.alice.test'))).toBe('usage.self');
    for (const wrong of ['*', '*.', '*.org', 'x.*.example', '**.bad.example', '*bad.example'])
      expect(await codeOfAsync(block(wrong)), wrong).toBe('usage.id-tag');
    expect(await codeOfAsync(setTreatment(deps, { peer: BAD, muted: true }))).toBe('usage.id-tag');
  });

  it('is listed as a block, and is no profile', async () => {
    const { alice, deps, block } = await start();
    await block(BAD);
    const { relations } = await listRelations(deps, { blocked: true });
    expect(relations.map(({ peer }) => peer)).toEqual([BAD]);
    const own = await alice.identities.read('alice.test');
    if (!own) throw new Error('alice is missing');
    const caller = { idTag: 'alice.test', owner: true } as never;
    expect(listProfiles(deps, own, caller).map(({ idTag }) => idTag)).toEqual(['alice.test']);
  });
});

describe('a list of blocks', () => {
  it('goes from one identity to another, and adds to what is blocked', async () => {
    const first = await start();
    await first.block(BAD);
    await first.block('mallory.test');
    await first.block('carol.test');
    await first.block('carol.test', false);
    const peers = (await listBlocks(first.deps, {})).blocks.map(({ peer }) => peer);
    expect(peers).toEqual([BAD, 'mallory.test']);
    const second = await start();
    await second.block('trudy.test');
    expect((await importBlocks(second.deps, { peers })).results.map(({ changed }) => changed)).toEqual([true, true]);
    expect((await listBlocks(second.deps, {})).blocks).toHaveLength(3);
    expect((await importBlocks(second.deps, { peers })).results.some(({ changed }) => changed)).toBe(false);
  });

  it('with a wrong name in it blocks nobody', async () => {
    const { deps } = await start();
    for (const peers of [
      ['carol.test', 'not a name'],
      ['carol.test', '*.org'],
      ['carol.test', '\u001b[2J'],
    ])
      expect(await codeOfAsync(importBlocks(deps, { peers }))).toBe('usage.id-tag');
    for (const peers of [
      ['carol.test', 'alice.test'],
      ['carol.test', '*.alice.test'],
    ])
      expect(await codeOfAsync(importBlocks(deps, { peers }))).toBe('usage.self');
    expect((await listBlocks(deps, {})).blocks).toEqual([]);
  });
});

it('a pattern names each domain above an identity', () => {
  expect(namesOf('a.b.example')).toEqual(['*.a.b.example', '*.b.example', '*.example']);
  expect(isInDomain('xb.example', '*.b.example')).toBe(false);
  expect(parseIdTagOrDomain('*.BAD.Example')).toBe(BAD);
  expect(codeOf(() => parseIdTagOrDomain('*.a..b'))).toBe('usage.id-tag');
});
