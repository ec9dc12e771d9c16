import { setImmediate as turn } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { contentId } from '../../../src/protocol/content-id.ts';
import { openMemoryStore, type Store } from '../../../src/store/engine/store.ts';
import { Chains } from '../../../src/store/index/chains.ts';
import { Column } from '../../../src/store/index/column.ts';
import { inOrder } from '../../../src/store/index/in-order.ts';
import type { ActionQuery, ActionRow, ReaderFilter } from '../../../src/store/model/rows.ts';
import { inSlices, nextTurn, PAUSE, SLICE, turnFor } from '../../../src/store/turns/slices.ts';
import { action, TENANT } from '../../support/store-fixtures.ts';
import { valuesRead } from '../../support/values-read.ts';

const ROWS = 10 * SLICE;
const POPULAR = contentId('a1', 'a post that everybody answers');
const GUEST: ReaderFilter = { idTag: null, follower: false, connected: false };
const STRANGER: ReaderFilter = { idTag: 'p7.example', follower: false, connected: false };

/** Comments on one post, some public, by a hundred people; late ones among them. */
async function manyRows(): Promise<Store> {
  const store = openMemoryStore();
  for (let n = 0; n < ROWS; ) {
    const group = Array.from({ length: 512 }, () => {
      n += 1;
      const iat = 1_700_000_000 + (n % 100 === 0 ? n - 5000 : n);
      const claims = { iss: `p${n % 100}.example`, t: 'CMNT', p: POPULAR, c: `${n}`, iat };
      return action(claims, { status: 'A', visibility: n % 3 === 0 ? 'P' : 'F' });
    });
    await store.append(group);
  }
  return store;
}

/** What a look into a list costs, also into one that is empty, in values. */
const LIST = 4;

/** The most values of the index that were read without others having a turn. */
async function longestStretch(work: () => Promise<unknown>): Promise<number> {
  const { at } = Column.prototype;
  const { of } = Chains.prototype;
  let read = 0;
  let most = 0;
  let over = false;
  Column.prototype.at = function (position) {
    read += 1;
    return at.call(this, position);
  };
  Chains.prototype.of = function (reference) {
    read += LIST;
    return of.call(this, reference);
  };
  const others = async () => {
    while (!over) {
      most = Math.max(most, read);
      read = 0;
      await turn();
    }
  };
  const watched = others();
  try {
    await work();
    most = Math.max(most, read);
  } finally {
    over = true;
    Column.prototype.at = at;
    Chains.prototype.of = of;
  }
  await watched;
  return most;
}

let store: Store;
beforeAll(async () => {
  store = await manyRows();
}, 120_000);

/** Values that may be read of each row of a slice, and again for its place in an order. */
const BOUND = SLICE * 16;
const nobody = (row: Readonly<ActionRow>) => row.type === '';

describe('no question looks at more than a slice before others have their turn', () => {
  it.each<[string, Partial<ActionQuery>]>([
    ['a guest’s', { reader: GUEST, where: nobody }],
    ['a guest’s, oldest first', { reader: GUEST, where: nobody, order: 'oldest' }],
    ['a stranger’s', { reader: STRANGER, where: nobody }],
    ['of answers', { parent: POPULAR, where: nobody }],
    ['of answers, oldest first', { parent: POPULAR, where: nobody, order: 'oldest' }],
    ['of answers by one', { parent: POPULAR, issuer: 'p7.example', where: nobody }],
    ['of a thread', { root: POPULAR, where: nobody }],
    ['of a type', { types: ['CMNT'], where: nobody }],
    ['of what arrived', { receivedFrom: 0, where: nobody }],
    [
      'of one who may be in each conversation',
      { reader: { ...STRANGER, subscribed: () => false, conversations: () => [POPULAR] }, where: nobody },
    ],
  ])('%s', async (_name, query) => {
    const ask = { statuses: ['A' as const], current: true, ...query };
    expect(await valuesRead(() => store.list(TENANT, { ...ask, limit: 20 }))).toBeGreaterThan(ROWS / 50);
    expect(await longestStretch(() => store.list(TENANT, { ...ask, limit: 20 }))).toBeLessThan(BOUND);
    expect(await longestStretch(() => store.count(TENANT, ask))).toBeLessThan(BOUND);
  });

  it('nor do many together', async () => {
    const ask = { statuses: ['A' as const], current: true, where: nobody, reader: STRANGER };
    const crowd = () => Promise.all(Array.from({ length: 50 }, () => store.list(TENANT, { ...ask, limit: 20 })));
    expect(await longestStretch(crowd)).toBeLessThan(BOUND);
  });

  it('nor who looks at each in any order', async () => {
    let seen = 0;
    const visit = () =>
      store.visit(TENANT, { parent: POPULAR }, () => {
        seen += 1;
      });
    expect(await longestStretch(visit)).toBeLessThan(BOUND);
    expect(seen).toBe(ROWS);
    expect(await store.count(TENANT, { parent: POPULAR }, 7)).toBe(7);
  });

  it('nor what is made when it is first asked for', async () => {
    const fresh = await manyRows();
    const stretch = () => fresh.list(TENANT, { reader: GUEST, issuer: 'p7.example', types: ['CMNT'], limit: 20 });
    expect(await longestStretch(stretch)).toBeLessThan(BOUND);
  }, 120_000);

  it('notices one that does', async () => {
    const atOnce = async () => void [...store.rows(TENANT, { reader: STRANGER, current: true, where: nobody })];
    expect(await longestStretch(atOnce)).toBeGreaterThan(BOUND);
  });
});

describe('counts of whole classes', () => {
  it.each<[string, ReaderFilter | undefined]>([
    ['the owner', undefined],
    ['a guest', GUEST],
    ['a stranger', STRANGER],
    ['a follower', { ...STRANGER, follower: true }],
  ])('%s: no look at what there is', async (_who, reader) => {
    const query = { types: ['CMNT'], statuses: ['A' as const], current: true, visibilities: ['P', 'F'] as const };
    const count = () => store.count(TENANT, { ...query, reader });
    const wanted = [...store.rows(TENANT, { ...query, reader })].length;
    expect(await count()).toBe(wanted);
    // Its own are looked at: a hundredth.
    expect(await valuesRead(count)).toBeLessThan(ROWS);
  });

  it('follow what becomes of an action', async () => {
    const one = action({ t: 'POST', iss: 'p7.example', c: 'one' }, { status: 'C', visibility: 'P' });
    const reacts = ['LIKE', 'LOVE'].map((t, n) =>
      action({ t: `REACT:${t}`, iss: 'p7.example', sub: one.actionId, iat: 1_800_000_000 + n }, { visibility: 'P' }),
    );
    await store.append([one]);
    const counts = async () => [
      await store.count(TENANT, { types: ['POST'], statuses: ['A'], reader: GUEST }),
      await store.count(TENANT, { types: ['POST'], statuses: ['D'], reader: GUEST }),
      await store.count(TENANT, { types: ['REACT'], current: true, reader: GUEST }),
      await store.count(TENANT, { types: ['REACT'], current: false, reader: GUEST }),
    ];
    expect(await counts()).toEqual([0, 0, 0, 0]);
    await store.append([{ kind: 'status', tenant: TENANT, actionId: one.actionId, status: 'A', at: 1 }]);
    for (const react of reacts) await store.append([react]);
    expect(await counts()).toEqual([1, 0, 1, 1]);
    await store.append([{ kind: 'status', tenant: TENANT, actionId: one.actionId, status: 'D', at: 2 }]);
    expect(await counts()).toEqual([0, 1, 1, 1]);
  });

  it('show its issuer what was rejected silently, and nobody else', async () => {
    const fresh = openMemoryStore();
    for (const iss of ['p7.example', 'p8.example']) {
      await fresh.append([action({ t: 'FLLW', iss, aud: TENANT }, { status: 'D', visibility: 'F' })]);
    }
    const query = { statuses: ['A' as const], current: true };
    const asShown = (issuer: string, types: string[]) =>
      fresh.count(TENANT, { ...query, reader: { ...STRANGER, idTag: issuer }, silenced: { issuer, types } });
    expect(await asShown('p7.example', ['FLLW'])).toBe(1);
    expect(await asShown('p7.example', ['CONN'])).toBe(0);
    expect(await asShown('p9.example', ['FLLW'])).toBe(0);
  });
});

it('puts rows in order slice by slice, and takes them from each as they come', () => {
  const compare = (a: number, b: number) => a - b;
  for (const length of [0, 1, SLICE - 1, SLICE, 5 * SLICE + 3]) {
    const rows = Array.from({ length }, (_, n) => (n * 7919) % (length + 1));
    const sorted = [...inOrder(rows, compare)].filter((row) => row !== PAUSE);
    expect(sorted).toEqual([...rows].sort(compare));
  }
});

describe('what shares the turns of the event loop', () => {
  /** Work of so many slices that notes each. */
  function* work(name: string, slices: number, done: string[]): Generator<typeof PAUSE> {
    for (let slice = 0; slice < slices; slice += 1) {
      done.push(name);
      yield PAUSE;
    }
  }

  it('has a slice each in its order, one in a turn', async () => {
    await turn();
    const done: string[] = [];
    let turns = 0;
    let over = false;
    const counted = (async () => {
      for (; !over; turns += 1) await turn();
    })();
    await Promise.all(['a', 'b', 'c'].map((name) => inSlices(work(name, 3, done))));
    over = true;
    await counted;
    expect(done.join('')).toBe('aabcabcbc');
    expect(turns).toBeGreaterThanOrEqual(9);
  });

  it('waits for a turn with room, in line with the others', async () => {
    await turn();
    const done: string[] = [];
    const short = (name: string) => Promise.resolve(turnFor(SLICE / 2)).then(() => void done.push(name));
    expect(turnFor(SLICE / 2)).toBeNull();
    const walk = inSlices(work('walk', 2, done));
    const all = [short('one'), nextTurn().then(() => void done.push('two')), short('three')];
    await Promise.all([walk, ...all]);
    expect(done).toEqual(['walk', 'walk', 'one', 'two', 'three']);
  });

  it('hands on what the work throws', async () => {
    const failing = (function* (): Generator<typeof PAUSE> {
      yield PAUSE;
      throw new Error('broken');
    })();
    await expect(inSlices(failing)).rejects.toThrow('broken');
  });
});
