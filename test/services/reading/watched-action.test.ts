import { expect, it } from 'vitest';
import { watchedView } from '../../../src/services/reading/watched-action.ts';

const VIEW = {
  actionId: 'a1~x',
  type: 'POST',
  issuer: { idTag: 'bob.test' },
  createdAt: '2026-11-22T18:00:00Z',
  receivedAt: '2026-11-22T18:00:01.5+01:00',
};

it('takes times of ISO 8601 as they are', () => {
  expect(watchedView(VIEW, 'bob.test')).toMatchObject({
    createdAt: VIEW.createdAt,
    receivedAt: VIEW.receivedAt,
    direction: 'out',
  });
});

it.each([
  ['text behind a time', '2026-11-22T18:00:00Z (\u001b[2J)'],
  ['another form', 'Sun, 22 Nov 2026 18:00:00 GMT'],
  ['a day that there is not', '2026-11-31T18:00:00Z'],
  ['a number', 1],
  ['nothing', undefined],
])('takes no other time: %s', (_, time) => {
  expect(watchedView({ ...VIEW, createdAt: time }, 'bob.test')).toBeNull();
  expect(watchedView({ ...VIEW, receivedAt: time, expiresAt: time }, 'bob.test')).toMatchObject({
    receivedAt: null,
    expiresAt: null,
  });
});

it.each([null, [], 'x', {}, { ...VIEW, issuer: 'bob.test' }, { ...VIEW, issuer: { idTag: 'Bob.Test\u202e' } }])(
  'takes no view of another shape: %j',
  (view) => expect(watchedView(view, 'bob.test')).toBeNull(),
);
