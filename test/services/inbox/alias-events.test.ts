import { describe, expect, it } from 'vitest';
import { actionId as idOf } from '../../../src/protocol/content-id.ts';
import { createAction } from '../../../src/services/actions/create-action.ts';
import { receiveAction } from '../../../src/services/inbox/receive-action.ts';
import { findAction } from '../../../src/services/reading/find-action.ts';
import { codeOfAsync } from '../../support/codes.ts';
import { createInMemoryNetwork, type Person } from '../../support/in-memory-network.ts';

/** The order of P-384. */
const N = BigInt('0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973');
const ALICE = 'alice.test';
const BOB = 'bob.test';

/** The same claims with the other signature that anybody can make: (r, n−s). */
function mirrored(token: string): string {
  const [header, payload, signature = ''] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  const s = (N - BigInt(`0x${bytes.subarray(48).toString('hex')}`)).toString(16).padStart(96, '0');
  return `${header}.${payload}.${Buffer.concat([bytes.subarray(0, 48), Buffer.from(s, 'hex')]).toString('base64url')}`;
}

/** What alice posts, its twin, and bob who follows her: nothing has arrived. */
async function twins() {
  const network = createInMemoryNetwork();
  const alice = network.person(ALICE);
  const bob = network.person(BOB);
  await network.relate(alice, bob, { following: true, follower: true, connected: true });
  const post = await createAction(alice, ALICE, { type: 'POST', content: 'hi', visibility: 'P' });
  const twin = mirrored(post.token);
  return { network, alice, bob, ...post, twin, twinId: idOf(twin) };
}

const give = ({ inbox }: Person, token: string) => receiveAction(inbox, { tenant: BOB, token, origin: 'sync' });
const outcome = async (who: Person, token: string) => (await give(who, token)).outcome;
const takeBack = (alice: Person, subject: string) =>
  createAction(alice, ALICE, { type: 'POST', subType: 'DEL', subject, content: 'x' });

describe('a second signature over the same claims (specification: Duplicates)', () => {
  it('that comes first leaves the original known: it is read, commented on and deleted by either ID', async () => {
    const { network, alice, bob, actionId, token, twin, twinId } = await twins();
    expect(await outcome(bob, twin)).toBe('stored');
    expect(await outcome(bob, token)).toBe('duplicate');
    for (const [id, bytes] of [[actionId, token] as const, [twinId, twin] as const]) {
      expect((await bob.store.action(BOB, id))?.token).toBe(bytes);
      expect(await findAction(bob.store, BOB, id.slice(0, 12))).toEqual({ actionId: id });
    }
    await createAction(bob, BOB, { type: 'CMNT', parentId: actionId, content: 'to the original' });
    await createAction(bob, BOB, { type: 'CMNT', parentId: twinId, content: 'to the twin' });
    expect(await bob.store.count(BOB, { parent: actionId, types: ['CMNT'] })).toBe(2);
    expect(await bob.store.count(BOB, { types: ['POST'] })).toBe(1);
    await takeBack(alice, actionId);
    await network.deliver();
    for (const id of [actionId, twinId]) expect(bob.store.row(BOB, id)?.status).toBe('D');
  });

  it('takes back the action when what deletes it by the second ID came before', async () => {
    const { alice, bob, actionId, token, twin, twinId } = await twins();
    await outcome(bob, twin);
    const deletion = await takeBack(alice, actionId);
    expect(await outcome(bob, deletion.token)).toBe('stored');
    expect(bob.store.row(BOB, twinId)?.status).toBe('A');
    expect(await outcome(bob, token)).toBe('duplicate');
    for (const id of [actionId, twinId]) expect(bob.store.row(BOB, id)?.status).toBe('D');
  });

  it('is verified: only the same bytes skip that', async () => {
    const { bob, token, twinId } = await twins();
    expect(await outcome(bob, token)).toBe('stored');
    const forged = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(128)}`;
    expect(await codeOfAsync(give(bob, forged))).toBe('token.signature');
    expect(bob.store.row(BOB, idOf(forged))).toBeNull();
    expect(await outcome(bob, token)).toBe('duplicate');
    expect(bob.store.row(BOB, twinId)).toBeNull();
  });

  it('is kept up to eight times an action, and answered as before beyond', async () => {
    const { alice, bob, actionId, token, claims } = await twins();
    await outcome(bob, token);
    const again = await Promise.all(Array.from({ length: 10 }, () => alice.signer.sign(ALICE, claims)));
    for (const each of [...again, ...again]) expect(await outcome(bob, each)).toBe('duplicate');
    expect(bob.store.aliases(BOB, actionId)).toBe(8);
    expect(again.filter((each) => bob.store.row(BOB, idOf(each)) !== null)).toHaveLength(8);
  });

  it('is one action when both come at the same moment', async () => {
    const { bob, token, twin, actionId } = await twins();
    await Promise.all([give(bob, token), give(bob, twin), give(bob, token)]);
    expect(await bob.store.count(BOB, { types: ['POST'] })).toBe(1);
    expect(bob.store.aliases(BOB, actionId)).toBe(1);
  });
});
