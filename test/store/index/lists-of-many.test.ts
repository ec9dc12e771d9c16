import { beforeAll, describe, expect, it } from 'vitest';
import { canRead, VISIBILITIES, type Visibility } from '../../../src/protocol/visibility.ts';
import { openMemoryStore, type Store } from '../../../src/store/engine/store.ts';
import type { ActionQuery, ActionRow, ReaderFilter } from '../../../src/store/model/rows.ts';
import { action, TENANT } from '../../support/store-fixtures.ts';

const ROWS = 900;
const PEOPLE = 40;
const TYPES = ['POST', 'POST', 'POST', 'CMNT', 'REACT:LIKE', 'MSG', 'FLLW', 'SUBS'];
const person = (n: number) => `p${n}.example`;

let store: Store;
let all: ActionRow[];
let parents: string[];

/** More rows than are looked at one by one: rare types and people, late arrivals, all letters. The same each time. */
beforeAll(async () => {
  store = openMemoryStore();
  let seed = 42;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  parents = [];
  for (let n = 0; n < ROWS; n += 1) {
    const visibility = VISIBILITIES[random(VISIBILITIES.length)] as Visibility;
    const event = action(
      {
        iss: person(random(PEOPLE) * random(2)),
        t: n % 300 === 7 ? 'CONV' : (TYPES[random(TYPES.length)] as string),
        iat: 1_700_000_000 + Math.floor(n / 4) - (random(9) === 0 ? random(100) : 0),
        c: `${n}`,
        ...(random(3) === 0 && { aud: person(random(PEOPLE)) }),
        ...(random(3) === 0 && parents.length > 0 && { p: parents[random(parents.length)] as string }),
      },
      { status: random(10) === 0 ? 'D' : 'A', ...(random(20) > 0 && { visibility }) },
    );
    if (n % 100 === 0) parents.push(event.actionId);
    await store.append([event]);
  }
  all = [...store.rows(TENANT, { order: 'oldest' })];
});

const readers: Record<string, ReaderFilter | undefined> = {
  owner: undefined,
  guest: { idTag: null, follower: false, connected: false },
  stranger: { idTag: person(0), follower: false, connected: false },
  'a stranger nobody knows': { idTag: 'nobody.example', follower: false, connected: false },
  follower: { idTag: person(3), follower: true, connected: false },
  connected: { idTag: person(3), follower: false, connected: true },
  subscriber: { idTag: person(5), follower: false, connected: false, subscribed: (row) => row.parent === parents[1] },
  'a subscriber that says to what': {
    idTag: person(5),
    follower: false,
    connected: false,
    subscribed: (row) => row.parent === parents[1],
    conversations: () => [parents[1] as string, `a1~${'A'.repeat(43)}`],
  },
};

const queries: Record<string, () => Partial<ActionQuery>> = {
  everything: () => ({}),
  'a frequent type': () => ({ types: ['POST'] }),
  'a rare type': () => ({ types: ['CONV'] }),
  'a type that isn’t there': () => ({ types: ['APRV'] }),
  'a rare and a frequent type': () => ({ types: ['CONV', 'REACT'] }),
  'the most frequent issuer': () => ({ issuer: person(0) }),
  'a rare issuer': () => ({ issuer: person(7) }),
  'an unknown issuer': () => ({ issuer: 'nobody.example' }),
  'a rare audience': () => ({ audience: person(9) }),
  'a rare wall': () => ({ wall: person(9) }),
  'the busiest wall': () => ({ wall: person(0) }),
  'an unknown wall': () => ({ wall: 'nobody.example' }),
  'a rare issuer’s posts that stand': () => ({ issuer: person(7), types: ['POST'], statuses: ['A'], current: true }),
  'answers to one': () => ({ parent: parents[0] as string }),
  'what is newer': () => ({ createdAfter: 1_700_000_150 }),
};

function expected(query: Partial<ActionQuery>, reader: ReaderFilter | undefined, order: 'newest' | 'oldest'): string[] {
  const { types, issuer, audience, wall, parent, statuses, current, createdAfter } = query;
  const rows = all.filter(
    (row) =>
      (!types || types.includes(row.type)) &&
      (issuer === undefined || row.issuer === issuer) &&
      (audience === undefined || row.audience === audience) &&
      (wall === undefined || (row.audience ?? row.issuer) === wall) &&
      (parent === undefined || row.parent === parent) &&
      (!statuses || statuses.includes(row.status)) &&
      (current === undefined || row.current === current) &&
      (createdAfter === undefined || row.createdAt > createdAfter) &&
      (!reader || canRead(row, { ...reader, subscriber: reader.subscribed?.(row) ?? false })),
  );
  return (order === 'newest' ? rows.reverse() : rows).map(({ actionId }) => actionId);
}

describe.each(Object.keys(readers))('%s', (who) => {
  it.each(Object.keys(queries))('lists %s, page by page, as one look at all rows would', async (what) => {
    const reader = readers[who];
    const query = (queries[what] as () => Partial<ActionQuery>)();
    for (const order of ['newest', 'oldest'] as const) {
      const wanted = expected(query, reader, order);
      expect(await store.count(TENANT, { ...query, reader })).toBe(wanted.length);
      const found: string[] = [];
      let after: ActionQuery['after'];
      for (let more = true; more; ) {
        const page = await store.list(TENANT, { ...query, reader, order, limit: 97, after });
        found.push(...page.actions.map(({ actionId }) => actionId));
        after = page.next ?? undefined;
        more = page.next !== null;
      }
      expect(found).toEqual(wanted);
    }
  });
});

it('asks of one who is in one conversation only about what is below that', async () => {
  const asked = new Set<string>();
  const subscribed = (row: Readonly<ActionRow>) => {
    asked.add(row.actionId);
    return false;
  };
  const stranger = { idTag: 'nobody.example', follower: false, connected: false, subscribed };
  await store.count(TENANT, { reader: stranger });
  const everything = asked.size;
  asked.clear();
  await store.count(TENANT, { reader: { ...stranger, conversations: () => [parents[1] as string] } });
  expect(asked.size).toBeGreaterThan(0);
  expect(asked.size).toBeLessThan(everything / 2);
  asked.clear();
  await store.count(TENANT, { reader: { ...stranger, conversations: () => [] } });
  expect(asked.size).toBe(0);
});

it('what arrives after a list was asked for is in the next', async () => {
  const guest = { reader: readers['guest'], issuer: 'late.example' };
  expect(await store.count(TENANT, guest)).toBe(0);
  const late = action({ iss: 'late.example', t: 'APRV' }, { visibility: 'P' });
  const early = action({ iss: 'late.example', t: 'APRV', iat: 1 }, { visibility: 'P' });
  const hidden = action({ iss: 'late.example', t: 'APRV', c: 'hidden' }, { visibility: 'F' });
  await store.append([late, early, hidden]);
  for (const query of [guest, { reader: readers['guest'], types: ['APRV'] }]) {
    const { actions } = await store.list(TENANT, { ...query, limit: 10 });
    expect(actions.map(({ actionId }) => actionId)).toEqual([late.actionId, early.actionId]);
  }
  const { actions } = await store.list(TENANT, { reader: readers['guest'], order: 'oldest', limit: 1 });
  expect(actions[0]?.actionId).toBe(early.actionId);
  expect(await store.count(TENANT, { issuer: 'late.example' })).toBe(3);
});
