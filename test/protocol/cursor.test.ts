import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentId } from '../../src/protocol/content-id.ts';
import { decodeCursor, encodeCursor } from '../../src/protocol/cursor.ts';
import { codeOf } from '../support/codes.ts';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const id = contentId('a1', 'x');

test('a position comes back', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.string(), (createdAt, text) => {
      const cursor = { createdAt, actionId: contentId('a1', text) };
      expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor);
    }),
  );
});

test.each([
  '',
  'x',
  '%%%',
  `${encodeCursor({ createdAt: 1, actionId: id })}=`,
  encode(null),
  encode([]),
  encode({}),
  encode({ s: 'other', v: 1, id }),
  encode({ s: 'created', v: '1', id }),
  encode({ s: 'created', v: 1.5, id }),
  encode({ s: 'created', v: 1, id: '@5' }),
  encode({ s: 'created', v: 1, id: ['a1~'] }),
  encode({ s: 'created', v: 1 }),
  'A'.repeat(1_000_000),
])('refuses %j', (text) => {
  expect(codeOf(() => decodeCursor(text))).toBe('usage.cursor');
});

test('never throws anything but its own error', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().map((json) => Buffer.from(json).toString('base64url')),
      ),
      (text) => {
        expect(codeOf(() => decodeCursor(text))).toBe('usage.cursor');
      },
    ),
  );
});
