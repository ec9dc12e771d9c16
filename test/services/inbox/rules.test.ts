import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import table from '../../../src/protocol/action-types.json' with { type: 'json' };
import { ACTION_TYPES, actionRule } from '../../../src/protocol/action-types.ts';
import { actionId } from '../../../src/protocol/content-id.ts';
import type { ActionClaims } from '../../../src/protocol/token.ts';
import { FILE, makeWorld, SAMPLES, sample, TENANT, UNKNOWN, type World } from '../../support/inbox-samples.ts';
import { type Instance, type Peer, refusal, startInstance } from '../../support/instance.ts';

const OK = { status: 201, code: null };
const INVALID = { status: 400, code: 'E-VAL-INVALID' };
const DENIED = { status: 403, code: 'E-AUTH-NOPERM' };

type Claims = Partial<ActionClaims> & { t: string };
interface TypeRow {
  subtypes: string[];
  stranger: boolean;
  key?: string;
  content?: { string?: [number, number]; object?: Record<string, string>; required?: string[] };
  [field: string]: unknown;
}

const types = Object.entries(table.types) as unknown as [string, TypeRow][];
const FIELDS = ['c', 'aud', 'p', 'a', 'sub'] as const;
const FILLED: Record<(typeof FIELDS)[number], unknown> = {
  c: 'text',
  aud: TENANT,
  p: UNKNOWN,
  a: [FILE],
  sub: UNKNOWN,
};

let alice: Instance;
let world: World;
beforeAll(async () => {
  alice = await startInstance();
  world = await makeWorld(alice);
});
afterAll(() => alice.close());

async function send(peer: Peer, claims: Claims) {
  const token = await peer.sign({ iat: world.now(), ...claims });
  return { ...refusal(await alice.send(token)), id: actionId(token), token };
}

/** Refused, and nothing is stored. */
async function expectRefused(peer: Peer, claims: Claims, answer: { status: number; code: string }): Promise<void> {
  const before = alice.journal().length;
  const { id, status, code } = await send(peer, claims);
  expect({ claims, status, code }).toEqual({ claims, ...answer });
  expect(alice.store.row(TENANT, id)).toBeNull();
  expect(alice.journal()).toHaveLength(before);
}

async function expectTaken(peer: Peer, claims: Claims): Promise<string> {
  const { id, status, code } = await send(peer, claims);
  expect({ claims, status, code }).toEqual({ claims, ...OK });
  return id;
}

it('has a sample of each type, and knows each', () => {
  expect(Object.keys(SAMPLES).sort()).toEqual(types.map(([type]) => type).sort());
  expect(ACTION_TYPES).toHaveLength(17);
});

describe.each(types)('%s', (type, rule) => {
  const base = async (peer: Peer, t = type) => sample(world, peer, t, type);

  it('is taken as it should be', async () => {
    const peer = await world.friend();
    const id = await expectTaken(peer, await base(peer));
    const row = alice.store.row(TENANT, id);
    if (actionRule(type)?.ephemeral) expect(row).toBeNull();
    else expect(row).toMatchObject({ type, issuer: peer.idTag, direction: 'in' });
  });

  it(rule.stranger ? 'is taken from a stranger' : 'is refused from a stranger', async () => {
    const peer = world.stranger();
    const claims = await base(peer);
    if (rule.stranger) await expectTaken(peer, claims);
    else await expectRefused(peer, claims, DENIED);
  });

  it('with each of its subtypes, and no other', async () => {
    for (const subtype of rule.subtypes) {
      const peer = await world.friend();
      await expectTaken(peer, await base(peer, `${type}:${subtype}`));
    }
    const peer = await world.friend();
    const claims = await base(peer);
    for (const subtype of ['NONE', '', 'del', 'DEL:DEL']) {
      await expectRefused(peer, { ...claims, t: `${type}:${subtype}` }, INVALID);
    }
  });

  it.each(FIELDS)('field %s', async (field) => {
    const peer = await world.friend();
    const claims = await base(peer);
    const { [field]: _, ...without } = claims;
    if (rule[field] === 'R') {
      await expectRefused(peer, without as Claims, INVALID);
      if (field === 'a') await expectRefused(peer, { ...claims, a: [] }, INVALID);
    } else if (rule[field] === '-') {
      await expectRefused(peer, { ...claims, [field]: FILLED[field] }, INVALID);
    } else if (type === 'REPOST' && field === 'aud') {
      // The table leaves it free, and a repost needs it (Broadcast, walls and approval).
      await expectRefused(peer, without as Claims, INVALID);
    } else {
      await expectTaken(peer, without as Claims);
    }
  });

  it('its content fits the schema, in bytes of UTF-8', async () => {
    const peer = await world.friend();
    const claims = await base(peer);
    if (rule.content?.string) await tryText(peer, claims, rule.content.string, (c) => ({ ...claims, c }));
    else if (rule.content?.object) await tryObject(peer, claims, rule.content);
    else await expectRefused(peer, { ...claims, c: 'anything' }, INVALID);
  });

  // What is never stored has nothing to stand beside.
  if (actionRule(type)?.ephemeral !== true)
    it(
      rule.key === undefined ? 'stands beside earlier ones' : `is replaced under ${rule.key}, by its issuer only`,
      async () => {
        const peer = await world.friend();
        const claims = await base(peer);
        const [early, late, later] = [world.now(), world.now(), world.now()];
        const second = await expectTaken(peer, { ...claims, iat: late });
        const first = await expectTaken(peer, { ...claims, iat: early });
        const third = await expectTaken(peer, { ...claims, iat: later });
        const current = (id: string) => alice.store.row(TENANT, id)?.current;
        const keyed = rule.key !== undefined;
        expect([first, second, third].map(current)).toEqual([!keyed, !keyed, true]);
        if (keyed && type !== 'STAT' && type !== 'REPOST') {
          const other = await world.friend();
          await expectTaken(other, { ...claims, iat: world.now() });
          expect(current(third)).toBe(true);
        }
      },
    );

  it('of a blocked peer is refused, and nothing is stored', async () => {
    const peer = await world.friend();
    const claims = await base(peer);
    await alice.store.append([
      { kind: 'treatment', tenant: TENANT, peer: peer.idTag, blocked: true, muted: false, at: alice.clock.now },
    ]);
    await expectRefused(peer, claims, DENIED);
  });
});

async function tryText(
  peer: Peer,
  claims: Claims,
  [min, max]: [number, number],
  make: (text: string) => Claims,
): Promise<void> {
  // Two bytes a letter, so that counting letters would be found out.
  const long = 'é'.repeat(Math.floor(max / 2)) + (max % 2 === 1 ? 'x' : '');
  await expectTaken(peer, make(long));
  await expectRefused(peer, make(`${long}x`), INVALID);
  if (min > 0) await expectRefused(peer, make(''), INVALID);
  else await expectTaken(peer, make(''));
  for (const c of [1, true, ['x'], { text: 'x' }]) {
    await expectRefused(peer, { ...claims, ...make(c as unknown as string) }, INVALID);
  }
}

async function tryObject(
  peer: Peer,
  claims: Claims,
  { object = {}, required = [] }: { object?: Record<string, string>; required?: string[] },
): Promise<void> {
  for (const c of ['text', 1, ['x']]) await expectRefused(peer, { ...claims, c }, INVALID);
  const content = (claims.c ?? {}) as Record<string, unknown>;
  await expectTaken(peer, { ...claims, c: { ...content, somethingNew: 1 } });
  for (const name of required) {
    const { [name]: _, ...rest } = content;
    await expectRefused(peer, { ...claims, c: rest }, INVALID);
  }
  for (const [name, text] of Object.entries(object)) {
    const make = (value: unknown): Claims => ({ ...claims, c: { ...content, [name]: value } });
    const bounds = /^string(?: (\d+)-(\d+))?$/.exec(text);
    if (bounds) {
      if (bounds[1] !== undefined) await tryText(peer, claims, [Number(bounds[1]), Number(bounds[2])], make);
      else await expectRefused(peer, make(1), INVALID);
    } else if (text === 'string[]') {
      await expectTaken(peer, make(['a', 'b']));
      for (const value of ['a', [1]]) await expectRefused(peer, make(value), INVALID);
    } else {
      for (const value of text.split(' | ')) await expectTaken(peer, make(value));
      for (const value of ['other', 1]) await expectRefused(peer, make(value), INVALID);
    }
  }
}

it.each(Object.keys(table.neverStored))('%s is no action that an inbox takes', async (type) => {
  const peer = await world.friend();
  await expectRefused(peer, { t: type, aud: TENANT, exp: alice.clock.now / 1000 + 60 }, INVALID);
});

it.each(['NOPE', 'NOPE:DEL', 'post', 'IDP', 'IDP:DEL', ''])('the type %j is unknown', async (t) => {
  const peer = await world.friend();
  const before = alice.journal().length;
  // The signer refuses an empty type as well.
  if (t === '') return expect(peer.sign({ t })).rejects.toMatchObject({ code: 'token.claims' });
  await expectRefused(peer, { t, aud: TENANT, c: 'x' }, INVALID);
  expect(alice.journal()).toHaveLength(before);
});
