import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PERSONAL_TYPES } from '../../src/protocol/action-types.ts';
import {
  canRead,
  isVisibility,
  type ReadableAction,
  type Reader,
  VISIBILITIES,
} from '../../src/protocol/visibility.ts';

const guest: Reader = { idTag: null, follower: false, connected: false, subscriber: false };
const stranger: Reader = { ...guest, idTag: 'eve.test' };
const readers = {
  guest,
  stranger,
  follower: { ...stranger, follower: true },
  connected: { ...stranger, connected: true },
  subscriber: { ...stranger, subscriber: true },
  issuer: { ...guest, idTag: 'alice.test' },
  owner: { ...guest, idTag: 'bob.test', owner: true },
};
const post = (visibility: ReadableAction['visibility']): ReadableAction => ({
  issuer: 'alice.test',
  type: 'POST:TEXT',
  visibility,
});
const readersOf = (action: ReadableAction) =>
  Object.entries(readers).flatMap(([name, reader]) => (canRead(action, reader) ? [name] : []));

describe('the ladder', () => {
  test.each([
    ['P', ['guest', 'stranger', 'follower', 'connected', 'subscriber', 'issuer', 'owner']],
    ['V', ['stranger', 'follower', 'connected', 'subscriber', 'issuer', 'owner']],
    ['2', ['follower', 'connected', 'issuer', 'owner']],
    ['F', ['follower', 'connected', 'issuer', 'owner']],
    ['C', ['connected', 'issuer', 'owner']],
    ['S', ['subscriber', 'issuer', 'owner']],
    ['D', ['issuer', 'owner']],
    [null, ['issuer', 'owner']],
  ] as const)('%s is read by %j', (visibility, names) => {
    expect(readersOf(post(visibility))).toEqual(names);
  });
});

test('the audience always may', () => {
  for (const visibility of VISIBILITIES) {
    expect(canRead({ ...post(visibility), audience: 'eve.test' }, stranger)).toBe(true);
  }
});

describe('personal actions', () => {
  test.each([...PERSONAL_TYPES])('%s with an audience is for its two, whatever its letter', (type) => {
    for (const visibility of VISIBILITIES) {
      for (const t of [type, `${type}:DEL`]) {
        const action = { issuer: 'alice.test', audience: 'carol.test', type: t, visibility };
        const inConversation = ['MSG', 'INVT', 'SUBS'].includes(type);
        expect(readersOf(action)).toEqual(inConversation ? ['subscriber', 'issuer', 'owner'] : ['issuer', 'owner']);
        expect(canRead(action, { ...guest, idTag: 'carol.test' })).toBe(true);
      }
    }
  });

  test('a message to nobody in particular goes by its letter', () => {
    expect(readersOf({ issuer: 'alice.test', type: 'MSG', visibility: 'S' })).toEqual([
      'subscriber',
      'issuer',
      'owner',
    ]);
  });
});

test('no relation helps a guest beyond P', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...VISIBILITIES, null),
      fc.constantFrom('POST', 'MSG', 'FLLW', 'CONV'),
      fc.option(fc.constant('carol.test'), { nil: null }),
      fc.record({ follower: fc.boolean(), connected: fc.boolean(), subscriber: fc.boolean() }),
      (visibility, type, audience, relations) => {
        const may = canRead({ issuer: 'alice.test', type, visibility, audience }, { idTag: null, ...relations });
        expect(may).toBe(visibility === 'P' && !(audience !== null && PERSONAL_TYPES.has(type)));
      },
    ),
  );
});

test.each(['p', '', 'X', 'PP', null, 5, undefined])('%j is no letter', (value) => {
  expect(isVisibility(value)).toBe(false);
});

test('a letter that nobody knows is read by the issuer and the owner', () => {
  expect(readersOf({ ...post('D'), visibility: 'Z' as never })).toEqual(['issuer', 'owner']);
});
