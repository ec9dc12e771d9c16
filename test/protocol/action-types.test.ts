import { describe, expect, test } from 'vitest';
import types from '../../src/protocol/action-types.json' with { type: 'json' };
import {
  ACTION_TYPES,
  actionKey,
  actionRule,
  checkContent,
  checkFields,
  checkType,
  PERSONAL_TYPES,
  RECIPIENT_BOUND_TYPES,
  splitType,
} from '../../src/protocol/action-types.ts';
import type { ActionClaims } from '../../src/protocol/claims.ts';

const FILE = 'f1~UwcffHSP7H-GYNJ1vSsMKzLHDhHONv4IIdCE3PVfmu8';
const FIELDS = ['c', 'aud', 'p', 'a', 'sub'] as const;
const SOUND = { aud: 'bob.test', p: 'a1~parent', a: [FILE], sub: 'a1~subject' };
const CONTENT: Record<string, unknown> = {
  FLLW: '',
  CONN: 'hi',
  POST: 'x',
  CMNT: 'x',
  MSG: 'x',
  REPOST: '',
  STAT: {},
  FSHR: { contentType: 'text/plain', fileName: 'x', fileTp: 'CRDT' },
  PRES: {},
  CONV: { name: 'Plans' },
  INVT: { role: 'member' },
  SUBS: {},
  PRINVT: { refId: 'x' },
  'IDP:REG': { idTag: 'carol.test' },
  APKG: { name: 'x', version: '1' },
};

/** Sound claims of a type: what it requires, nothing else. */
function minimal(type: string): ActionClaims {
  const rule = actionRule(type);
  const claims: Record<string, unknown> = { iss: 'alice.test', k: '1', t: type, iat: 1 };
  for (const field of FIELDS) {
    if (rule?.[field] === 'R') claims[field] = field === 'c' ? CONTENT[type] : SOUND[field];
  }
  return claims as ActionClaims;
}

function breaches(claims: ActionClaims): (string | undefined)[] {
  return [checkType(claims.t), checkFields(claims), checkContent(claims)].flatMap((breach) =>
    breach ? [breach.code] : [],
  );
}

test('all 17 types of the table are known, and PROXY beside them as one that is never stored', () => {
  expect(ACTION_TYPES).toHaveLength(17);
  expect(ACTION_TYPES).toEqual(Object.keys(types.types));
  for (const type of ACTION_TYPES) expect(actionRule(type)?.neverStored).toBe(false);
  expect(actionRule('PROXY')).toMatchObject({ neverStored: true, c: '-', aud: 'R' });
  expect(ACTION_TYPES).not.toContain('PROXY');
});

describe.each(ACTION_TYPES)('%s', (type) => {
  const rule = actionRule(type);

  test('what it requires is enough', () => {
    expect(breaches(minimal(type))).toEqual([]);
  });

  test.each(FIELDS)('field %s', (field) => {
    const without = { ...minimal(type), [field]: undefined } as never as ActionClaims;
    const value = field === 'c' ? (CONTENT[type] ?? 'x') : SOUND[field];
    const withIt = { ...minimal(type), [field]: value } as ActionClaims;
    expect(breaches(without)).toEqual(rule?.[field] === 'R' ? ['token.fields'] : []);
    expect(breaches(withIt)).toEqual(rule?.[field] === '-' ? ['token.fields'] : []);
  });

  test('its subtypes, and no others', () => {
    for (const subtype of rule?.subtypes ?? [])
      expect(breaches({ ...minimal(type), t: `${type}:${subtype}` })).toEqual([]);
    for (const subtype of ['XYZ', '', 'del', 'DEL:DEL']) {
      expect(checkType(`${type}:${subtype}`)?.code).toBe('token.subtype');
    }
  });

  test('content of another JSON type', () => {
    if (!rule?.content) return expect(rule?.c).toBe('-');
    for (const c of [5, true, [], 'string' in rule.content ? {} : 'text']) {
      expect(checkContent({ ...minimal(type), c })?.code).toBe('token.content');
    }
  });
});

describe('types', () => {
  test.each(['NOPE', 'fllw', '', ':', 'IDP', 'FLL', '__proto__', 'constructor', 'toString:DEL'])(
    '%j is unknown',
    (t) => {
      expect(checkType(t)?.code).toBe('token.type');
      expect(actionRule(t)).toBeNull();
    },
  );

  test.each([
    ['FLLW', 'FLLW', null],
    ['REACT:LIKE', 'REACT', 'LIKE'],
    ['IDP:REG', 'IDP:REG', null],
    ['IDP:REG:DEL', 'IDP:REG', 'DEL'],
    ['IDP:OTHER', 'IDP', 'OTHER'],
    ['A:B:C', 'A', 'B:C'],
    ['FLLW:', 'FLLW', ''],
  ])('%s splits into %s and %s', (t, type, subtype) => {
    expect(splitType(t)).toEqual({ type, subtype });
  });

  test('the personal ones', () => {
    for (const type of [...PERSONAL_TYPES, ...RECIPIENT_BOUND_TYPES]) expect(actionRule(type)).not.toBeNull();
  });
});

describe('fields', () => {
  test('null content is no content, as the network’s parser has it', () => {
    expect(checkFields({ ...minimal('POST'), c: null })?.code).toBe('token.fields');
    expect(breaches({ ...minimal('FLLW'), c: null })).toEqual([]);
  });

  test('an empty list of attachments is not what APKG requires', () => {
    expect(checkFields({ ...minimal('APKG'), a: [] })?.code).toBe('token.fields');
    expect(checkFields({ ...minimal('POST'), a: [] })).toBeNull();
  });

  test('POST:DEL needs what POST needs', () => {
    const { c: _, ...claims } = minimal('POST');
    expect(checkFields({ ...claims, t: 'POST:DEL' } as ActionClaims)?.code).toBe('token.fields');
  });

  test('every breach is named', () => {
    expect(checkFields({ ...minimal('FLLW'), p: 'x', sub: 'y' })?.reason).toMatch(/parent.*subject/);
  });
});

describe('content is counted in bytes', () => {
  test.each([
    ['FLLW', 0, 500],
    ['CONN', 0, 500],
    ['POST', 1, 50_000],
    ['CMNT', 1, 10_000],
    ['MSG', 1, 50_000],
    ['REPOST', 0, 1000],
  ])('%s: %i to %i', (type, min, max) => {
    const check = (c: string) => checkContent({ ...minimal(type), c })?.code ?? null;
    expect(check('x'.repeat(max))).toBeNull();
    expect(check('x'.repeat(max + 1))).toBe('token.content');
    expect(check('é'.repeat(max / 2))).toBeNull();
    expect(check(`${'é'.repeat(max / 2)}x`)).toBe('token.content');
    expect(check('')).toBe(min === 0 ? null : 'token.content');
  });

  test('properties of objects too', () => {
    const check = (name: string) => checkContent({ ...minimal('CONV'), c: { name } })?.code ?? null;
    expect([check('é'.repeat(50)), check('é'.repeat(51)), check('')]).toEqual([null, 'token.content', 'token.content']);
  });
});

describe('objects', () => {
  const check = (type: string, c: unknown) => checkContent({ ...minimal(type), c })?.code ?? null;

  test('unknown properties are allowed, required ones needed', () => {
    expect(check('CONV', { name: 'x', color: 7 })).toBeNull();
    expect(check('CONV', { color: 7 })).toBe('token.content');
    expect(check('CONV', { name: 7 })).toBe('token.content');
    expect(check('CONV', JSON.parse('{"__proto__":{"name":"x"}}'))).toBe('token.content');
  });

  test('one of a list of words', () => {
    for (const role of ['observer', 'member', 'moderator', 'admin']) expect(check('INVT', { role })).toBeNull();
    for (const role of ['owner', '', 'Member', 'member | admin', null, 1])
      expect(check('INVT', { role })).toBe('token.content');
    for (const fileTp of ['BLOB', 'CRDT', 'RTDB'])
      expect(check('FSHR', { contentType: 'a', fileName: 'b', fileTp })).toBeNull();
  });

  test('lists of strings', () => {
    const app = { name: 'x', version: '1' };
    expect(check('APKG', { ...app, tags: ['a', ''], capabilities: [] })).toBeNull();
    expect(check('APKG', { ...app, tags: ['a', 1] })).toBe('token.content');
    expect(check('APKG', { ...app, capabilities: 'a' })).toBe('token.content');
  });

  test('a string of any length', () => {
    expect(check('IDP:REG', { idTag: 'x', address: 'y'.repeat(5000) })).toBeNull();
    expect(check('IDP:REG', { idTag: 'x', lang: 'y'.repeat(11) })).toBe('token.content');
  });
});

describe('actionKey', () => {
  const claims = (changes: Record<string, unknown>) =>
    ({ iss: 'alice.test', k: '1', iat: 1, ...changes }) as ActionClaims;

  test.each([
    [{ t: 'FLLW', aud: 'bob.test' }, 'FLLW:alice.test:bob.test'],
    [{ t: 'FLLW:DEL', aud: 'bob.test' }, 'FLLW:alice.test:bob.test'],
    [{ t: 'CONN:ACC', aud: 'bob.test' }, 'CONN:alice.test:bob.test'],
    [{ t: 'REACT:LOVE', sub: 'a1~s' }, 'REACT:a1~s:alice.test'],
    [{ t: 'REPOST', sub: 'a1~s', aud: 'bob.test' }, 'REPOST:a1~s:alice.test:bob.test'],
    [{ t: 'STAT', p: 'a1~p' }, 'STAT:a1~p'],
    [{ t: 'FSHR', sub: 'f1~s', aud: 'bob.test' }, 'FSHR:f1~s:bob.test'],
    [{ t: 'SUBS:UPD', sub: 'a1~s', aud: 'bob.test' }, 'SUBS:a1~s:alice.test'],
    [{ t: 'IDP:REG', aud: 'bob.test', c: { idTag: 'carol.test' } }, 'IDP:REG:alice.test:bob.test:carol.test'],
    [{ t: 'APKG', c: { name: 'app' } }, 'APKG:app'],
    [{ t: 'APKG', c: 5 }, 'APKG:'],
  ])('%j has %s', (changes, key) => {
    expect(actionKey(claims(changes))).toBe(key);
  });

  test.each(['POST', 'CMNT', 'MSG', 'APRV', 'CONV', 'PRES', 'PROXY', 'NOPE'])('%s replaces nothing', (t) => {
    expect(actionKey(claims({ t }))).toBeNull();
  });

  test('a claim’s own braces are not filled in again', () => {
    expect(actionKey(claims({ t: 'REACT', sub: '{issuer}$&' }))).toBe('REACT:{issuer}$&:alice.test');
  });
});
