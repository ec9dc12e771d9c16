import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTION_TYPES, actionRule } from '../../../src/protocol/action-types.ts';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { verifyToken } from '../../../src/protocol/verify.ts';
import { VISIBILITIES } from '../../../src/protocol/visibility.ts';
import { createAction, type PreparedAction } from '../../../src/services/actions/create-action.ts';
import type { NewAction } from '../../../src/services/actions/new-action.ts';
import { createInMemoryNetwork, type InMemoryNetwork, type Person } from '../../support/in-memory-network.ts';

const fileId = `f1~${'A'.repeat(43)}`;
const friends = { following: true, follower: true, connected: true };

/** Alice, who knows bob and has something of each kind: posts, a conversation, a file. */
async function furnished(): Promise<{ network: InMemoryNetwork; alice: Person; ids: string[] }> {
  const network = createInMemoryNetwork();
  const [alice, bob] = [network.person('alice.test'), network.person('bob.test')];
  await network.relate(alice, bob, friends);
  const at = network.clock.now;
  const file = { fileId, descriptor: 'd2,', fileName: 'a.txt', contentType: 'text/plain', at };
  await alice.store.append([{ kind: 'file', tenant: 'alice.test', ...file }]);
  const made = [
    await createAction(bob, 'bob.test', { type: 'POST', content: 'public', visibility: 'P' }),
    await createAction(bob, 'bob.test', { type: 'POST', content: 'quiet', flags: 'rc' }),
    await createAction(bob, 'bob.test', { type: 'POST', content: 'wall', audienceTag: 'alice.test' }),
    await createAction(alice, 'alice.test', { type: 'POST', content: 'own', visibility: 'C' }),
    await createAction(alice, 'alice.test', { type: 'CONV', content: { name: 'Plans' } }),
  ];
  await network.deliver();
  return { network, alice, ids: made.map(({ actionId }) => actionId) };
}

const contents = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom<unknown>(
    { name: 'Plans' },
    { role: 'member' },
    { contentType: 'text/plain', fileName: 'a.txt', fileTp: 'BLOB' },
    { refId: 'r' },
    { idTag: 'carol.test' },
    { name: 'app', version: '1' },
    { r: '1,L1', c: 0 },
    7,
    null,
  ),
);

/** Mostly what the type's rules ask for, now and then not. */
function drafts(ids: string[]): fc.Arbitrary<NewAction> {
  const reference = fc.constantFrom(...ids, fileId, '@bob.test', `a1~${'x'.repeat(43)}`, 'nonsense');
  return fc.constantFrom(...ACTION_TYPES).chain((type) => {
    const rule = actionRule(type);
    const field = <T>(need: string | undefined, values: fc.Arbitrary<T>) => {
      const [present, absent] = need === 'R' ? [20, 1] : need === '-' ? [1, 20] : [1, 1];
      return fc.oneof({ weight: present, arbitrary: values }, { weight: absent, arbitrary: fc.constant(undefined) });
    };
    const subtypes = fc.constantFrom(...(rule?.subtypes ?? []), 'DEL');
    const content = rule?.content && 'string' in rule.content ? fc.string({ minLength: 1, maxLength: 40 }) : contents;
    return fc
      .record({
        type: fc.constant(type),
        subType: fc.option(subtypes, { nil: undefined }),
        audienceTag: field(rule?.aud, fc.constantFrom('bob.test', 'carol.test', 'alice.test', 'BOB.test')),
        content: field(rule?.c, fc.oneof({ weight: 9, arbitrary: content }, contents)),
        attachments: field(rule?.a, fc.constantFrom([], [fileId])),
        subject: field(rule?.sub, reference),
        parentId: field(rule?.p, reference),
        visibility: fc.constantFrom(undefined, ...VISIBILITIES, 'X'),
        flags: fc.constantFrom(undefined, 'RC', 'rco', ''),
        expiresAt: fc.constantFrom(undefined, undefined, undefined, 1, 4_000_000_000),
      })
      .map((draft) => JSON.parse(JSON.stringify(draft)) as NewAction);
  });
}

describe('any draft', () => {
  it('is refused by name, or gives a token that verifies for each recipient', async () => {
    const { network, alice, ids } = await furnished();
    const { key } = await network.resolver.resolve('alice.test', '261122');
    const types = new Set<string>();
    await fc.assert(
      fc.asyncProperty(drafts(ids), async (draft) => {
        let made: PreparedAction;
        try {
          made = await createAction(alice, 'alice.test', draft);
        } catch (error) {
          expect(error).toBeInstanceOf(CloudilloError);
          expect((error as CloudilloError).code).toMatch(/^(usage|permission|check|store)\.[a-z-]+$/);
          return;
        }
        types.add(draft.type);
        expect(made.to).not.toContain('alice.test');
        for (const recipient of [undefined, ...made.to]) {
          const options = { key, now: network.clock.now / 1000, ...(recipient && { recipient }) };
          const { valid, checks } = await verifyToken(made.token, options);
          expect(checks.filter(({ status }) => status === 'fail')).toEqual([]);
          expect(valid).toBe(true);
        }
      }),
      { numRuns: 1200, seed: 4 },
    );
    // The property isn't true for want of drafts that pass.
    expect(types.size).toBeGreaterThanOrEqual(12);
  });
});
