import { describe, expect, it } from 'vitest';
import { viewDifferences } from '../../../src/services/inspect/view-differences.ts';
import { type RecordedExchanges, type RecordedTokens, recorded } from '../../support/recorded.ts';

const claims = {
  iss: 'alice.test',
  k: '1',
  t: 'POST:TEXT',
  iat: 1_769_860_800,
  aud: 'bob.test',
  c: { a: [1] },
  a: ['f1~x'],
  p: 'a1~p',
  sub: 'a1~s',
};
const view = {
  type: 'POST',
  subType: 'TEXT',
  issuer: { idTag: 'alice.test' },
  audience: { idTag: 'bob.test' },
  content: { a: [1] },
  attachments: [{ fileId: 'f1~x', dim: [1, 1] }],
  parentId: 'a1~p',
  subject: 'a1~s',
  createdAt: '2026-01-31T12:00:00Z',
};

describe('viewDifferences', () => {
  it('finds none where view and token agree, nor where the view is silent', () => {
    expect(viewDifferences(view, claims)).toEqual([]);
    expect(viewDifferences({}, claims)).toEqual([]);
    expect(viewDifferences({ subType: null, attachments: [] }, { iss: 'a.test', k: '1', t: 'POST', iat: 1 })).toEqual(
      [],
    );
  });

  it.each<[string, object]>([
    ['type', { type: 'CMNT' }],
    ['subType', { subType: 'IMG' }],
    ['issuer', { issuer: { idTag: 'eve.test' } }],
    ['audience', { audience: { idTag: 'eve.test' } }],
    ['content', { content: { a: [2] } }],
    ['attachments', { attachments: [{ fileId: 'f1~y' }] }],
    ['parentId', { parentId: 'a1~x' }],
    ['subject', { subject: 'a1~x' }],
    ['createdAt', { createdAt: '2026-01-31T12:00:01Z' }],
    ['createdAt', { createdAt: 'yesterday' }],
  ])('finds a changed %s', (field, change) => {
    expect(viewDifferences({ ...view, ...change }, claims)).toEqual([field]);
  });

  it('finds none in what the network’s server was recorded to answer', () => {
    const { tokens } = recorded<RecordedTokens>('tokens.json');
    const views = recorded<RecordedExchanges>('exchanges.json').exchanges.flatMap(
      ({ response }) => (response.json as { data?: unknown })?.data ?? [],
    ) as Record<string, unknown>[];
    const pairs = views.flatMap((shown) => {
      const token = tokens.find(({ actionId }) => actionId === shown['actionId']);
      return token ? [{ shown, token }] : [];
    });
    expect(pairs.length).toBeGreaterThan(10);
    for (const { shown, token } of pairs) expect(viewDifferences(shown, token.claims as never)).toEqual([]);
  });
});
