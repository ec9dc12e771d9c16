import { expect, it } from 'vitest';
import { createAction } from '../../../src/services/actions/create-action.ts';
import { receiveAction } from '../../../src/services/inbox/receive-action.ts';
import type { JournalEvent } from '../../../src/store/model/events.ts';
import { createInMemoryNetwork, type Person } from '../../support/in-memory-network.ts';

const ALICE = 'alice.test';
const BOB = 'bob.test';

/** Alice, whom bob follows, and what she posts: nothing has arrived. */
async function burst(posts: number) {
  const network = createInMemoryNetwork();
  const [alice, bob] = [network.person(ALICE), network.person(BOB)];
  await network.relate(alice, bob, { following: true, follower: true, connected: true });
  const tokens: { token: string; actionId: string }[] = [];
  for (let n = 0; n < posts; n += 1) {
    tokens.push(await createAction(alice, ALICE, { type: 'POST', content: `${n}`, visibility: 'P' }));
  }
  return { alice, bob, tokens };
}

const give = ({ inbox }: Person, token: string) => receiveAction(inbox, { tenant: BOB, token, origin: 'sync' });

/** Holds appends until so many have come. @returns the most that waited at once */
function holdAppends({ store }: Person, until: number): () => number {
  const append = store.append.bind(store);
  let waiting = 0;
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  store.append = async (events: readonly JournalEvent[], ...rest) => {
    waiting += 1;
    if (waiting === until) open();
    await opened;
    return append(events, ...rest);
  };
  return () => waiting;
}

it('what one issuer posts in a burst goes to disk together: none waits for the write before', async () => {
  const { bob, tokens } = await burst(8);
  const waited = holdAppends(bob, tokens.length);
  // One by one, the first would wait for the others for ever.
  const receipts = await Promise.all(tokens.map(({ token }) => give(bob, token)));
  expect(waited()).toBe(tokens.length);
  expect(receipts.map(({ outcome }) => outcome)).toEqual(tokens.map(() => 'stored'));
  for (const { actionId } of tokens) expect(bob.store.row(BOB, actionId)?.status).toBe('A');
});

it('what is taken back in the same burst is gone, whichever of the two comes first', async () => {
  for (const deletionFirst of [false, true]) {
    const { alice, bob, tokens } = await burst(2);
    const [kept, gone] = tokens as [(typeof tokens)[number], (typeof tokens)[number]];
    const content = { subject: gone.actionId, content: 'x' };
    const deletion = await createAction(alice, ALICE, { type: 'POST', subType: 'DEL', ...content });
    const all = [kept.token, gone.token, deletion.token];
    await Promise.all((deletionFirst ? all.reverse() : all).map((token) => give(bob, token)));
    expect(bob.store.row(BOB, gone.actionId)?.status).toBe('D');
    expect(bob.store.row(BOB, kept.actionId)?.status).toBe('A');
  }
});

it('what a stranger comments is written one by one, so that its quota holds', async () => {
  const network = createInMemoryNetwork();
  const [alice, bob] = [network.person(ALICE), network.person(BOB)];
  const { actionId } = await createAction(bob, BOB, { type: 'POST', content: 'hi', visibility: 'P' });
  const iat = Math.floor(network.clock.now / 1000);
  const comment = (n: number) => ({ t: 'CMNT', p: actionId, aud: BOB, c: `${n}`, iat });
  const one = await alice.signer.sign(ALICE, comment(1));
  const other = await alice.signer.sign(ALICE, comment(2));
  const append = bob.store.append.bind(bob.store);
  let most = 0;
  let under = 0;
  bob.store.append = async (...events) => {
    under += 1;
    most = Math.max(most, under);
    await append(...events);
    under -= 1;
  };
  await Promise.all([give(bob, one), give(bob, other)]);
  expect(most).toBe(1);
  expect(await bob.store.count(BOB, { parent: actionId })).toBe(2);
});
