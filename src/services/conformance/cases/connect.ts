/** Connections: asked for, accepted, ended. */
import { actionId } from '../../../protocol/content-id.ts';
import type { Case } from '../case.ts';
import { nonce } from '../made-tokens.ts';
import { askToConnect, becomeFollower, connect, part, relationTo, whileConnected } from '../relations.ts';
import { asOwner, createOwn, createPost, decide, deliver, signIn } from '../requests.ts';
import { type ActingPeer, type Answer, lastOwnPeerOf, otherPeerOf, peerOf, type Target } from '../target.ts';
import { judged, listOf, mustTake, passedAsNetwork, refusalOrTaken, taken, told } from '../verdict.ts';
import { deliveredTo, eventually, WAIT_MS } from '../waiting.ts';

const SECTION = 'Connect';
const common = { section: SECTION, level: 'must', needs: ['owner', 'peer'], writes: true } as const;

/** A request of a stranger that nobody has answered. @returns its ID @throws EarlyVerdict */
async function openRequest(target: Target, peer: ActingPeer): Promise<string> {
  await part(target, peer);
  return askToConnect(target, peer);
}

/** Takes an open request back. A CONN:DEL refuses one, too (specification: Connect). */
async function withdraw(target: Target, peer: ActingPeer): Promise<void> {
  await deliver(target, await peer.sign({ t: 'CONN:DEL', aud: target.idTag, _: nonce() }));
  await part(target, peer);
}

async function statusFor(target: Target, peer: ActingPeer, id: string) {
  return target.ask({ path: `/api/actions/${id}`, bearer: await signIn(target, peer) });
}

/** Reads what the first peer comments on a post of the owner, without a letter of its own. @throws EarlyVerdict */
async function readComment(target: Target, visibility: string, bearer: string | undefined): Promise<Answer> {
  const p = await createPost(target, { visibility });
  const comment = await peerOf(target).sign({ t: 'CMNT', aud: target.idTag, p, c: 'Without a letter', _: nonce() });
  mustTake(await deliver(target, comment), `a comment under the letter ${visibility}`);
  return target.ask({ path: `/api/actions/${actionId(comment)}`, bearer });
}

/** Cases of the group `connect`, and about what the connected comment on. */
export const CONNECT_CASES: readonly Case[] = [
  {
    // The first of them: an earlier CONN:DEL of the peer must be older than the owner's CONN.
    ...common,
    name: 'connect.both-ask',
    summary: 'A CONN connects at once while a CONN of the owner to the same peer is open',
    section: 'Different answers',
    level: 'network',
    async run(target) {
      const peer = peerOf(target);
      await part(target, peer);
      await createOwn(target, { type: 'CONN', audienceTag: peer.idTag }, 'a CONN of the owner');
      await askToConnect(target, peer);
      const { connected } = await relationTo(target, peer);
      await withdraw(target, peer);
      return connected
        ? judged('both are connected', [])
        : passedAsNetwork('a CONN is not answered while a CONN of the owner is open');
    },
  },
  {
    ...common,
    name: 'connect.waits',
    summary: 'A CONN waits with the status C until the owner accepts it',
    async run(target) {
      const peer = peerOf(target);
      const id = await openRequest(target, peer);
      const open = listOf(await asOwner(target, { path: '/api/actions?type=CONN&status=C' }), 'the open requests');
      const { connected } = await relationTo(target, peer);
      await withdraw(target, peer);
      return judged('it waits', [
        !open.some(({ actionId }) => actionId === id) && 'the owner is listed no CONN with the status C',
        connected && `${peer.idTag} is connected before the owner accepted it (connectionMode is "ask" by default)`,
      ]);
    },
  },
  {
    ...common,
    name: 'connect.accepted',
    summary: 'Once the owner accepts a CONN, both are connected and follow each other',
    async run(target) {
      const peer = peerOf(target);
      await decide(target, await openRequest(target, peer), 'accept');
      const relation = await relationTo(target, peer);
      await part(target, peer);
      const missing = Object.entries(relation).filter(([, holds]) => !holds);
      return judged(
        'both are connected',
        missing.map(([name]) => `${name} is false after CONN was accepted`),
      );
    },
  },
  {
    ...common,
    name: 'connect.answer',
    summary: 'An accepted CONN is answered with CONN:ACC',
    needs: ['owner', 'own-peer'],
    async run(target) {
      const peer = lastOwnPeerOf(target);
      await part(target, peer);
      const before = deliveredTo(peer).length;
      return whileConnected(target, peer, async () => {
        const answer = await eventually(target, () => {
          const later = deliveredTo(peer).slice(before);
          return later.find(({ claims }) => claims['t'] === 'CONN:ACC') ?? null;
        });
        return judged('CONN:ACC came', [
          !answer && `no CONN:ACC came within ${WAIT_MS / 1000} s`,
          answer && answer.claims['aud'] !== peer.idTag && `its audience is ${String(answer.claims['aud'])}`,
        ]);
      });
    },
  },
  {
    ...common,
    name: 'connect.reads',
    summary: 'A connected peer reads what is for the connected, and no longer after CONN:DEL',
    async run(target) {
      const peer = peerOf(target);
      await part(target, peer);
      const id = await createPost(target, { visibility: 'C' });
      await connect(target, peer);
      const during = await statusFor(target, peer, id);
      await part(target, peer);
      const after = await statusFor(target, peer, id);
      return judged('it reads the letter C as long as it is connected', [
        during.status !== 200 && `a connected peer is answered ${told(during)}; 200 is right`,
        after.status !== 403 && `after CONN:DEL it is answered ${told(after)}; 403 is right`,
      ]);
    },
  },
  {
    ...common,
    name: 'connect.speaks',
    summary: 'A POST of a connected peer is taken',
    section: 'Permission',
    run: (target) =>
      whileConnected(target, peerOf(target), async () => {
        const claims = { t: 'POST:TEXT', c: 'For a conformance test', v: 'P', _: nonce() };
        return taken(await deliver(target, await peerOf(target).sign(claims)), 'a POST of a connected peer');
      }),
  },
  {
    ...common,
    name: 'connect.unasked-answer',
    summary: 'A CONN:ACC that nobody asked for is refused',
    section: 'Stricter than the network',
    level: 'network',
    async run(target) {
      const peer = peerOf(target);
      await part(target, peer);
      const answer = await deliver(target, await peer.sign({ t: 'CONN:ACC', aud: target.idTag, _: nonce() }));
      const { connected } = await relationTo(target, peer);
      await part(target, peer);
      if (connected) return passedAsNetwork('a CONN:ACC that nobody asked for connects');
      return refusalOrTaken(answer, 'a CONN:ACC that nobody asked for', { status: 403, code: 'E-AUTH-NOPERM' });
    },
  },
  {
    name: 'visibility.inherited',
    summary: 'A comment that arrives without a letter gets that of its parent',
    section: 'Visibility',
    level: 'must',
    needs: ['owner', 'two-peers'],
    writes: true,
    async run(target) {
      const [author, follower] = [peerOf(target), otherPeerOf(target)];
      return whileConnected(target, author, async () => {
        await part(target, follower);
        await becomeFollower(target, follower);
        const bearer = await signIn(target, follower);
        const open = await readComment(target, 'P', undefined);
        const hidden = await readComment(target, 'C', bearer);
        return judged('it has the letter of its parent', [
          open.status !== 200 && `under the letter P a guest is answered ${told(open)}; 200 is right`,
          hidden.status !== 403 && `under the letter C a follower is answered ${told(hidden)}; 403 is right`,
        ]);
      });
    },
  },
];
