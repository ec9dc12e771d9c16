/** What the instance sends to its followers. */
import { actionId } from '../../../protocol/content-id.ts';
import type { Case } from '../case.ts';
import { becomeFollower } from '../relations.ts';
import { createPost } from '../requests.ts';
import { ownPeerOf } from '../target.ts';
import { failed, judged, passed, passedAsNetwork } from '../verdict.ts';
import { awaitDelivery, deliveredTo, WAIT_MS } from '../waiting.ts';

/** Cases of the group `delivery`. */
export const DELIVERY_CASES: readonly Case[] = [
  {
    name: 'delivery.broadcast',
    summary: 'A POST without an audience goes to the inbox of a follower, byte for byte',
    section: 'Broadcast',
    level: 'must',
    needs: ['owner', 'own-peer'],
    writes: true,
    async run(target) {
      const peer = ownPeerOf(target);
      await becomeFollower(target, peer);
      const id = await createPost(target, { visibility: 'F' });
      const found = await awaitDelivery(target, peer, ({ token }) => actionId(token) === id);
      if (found) return passed(`${peer.idTag} got the token of the action`);
      return failed(`${peer.idTag} follows, and got no token of the action within ${WAIT_MS / 1000} s`);
    },
  },
  {
    name: 'delivery.not-to-followers',
    summary: 'A POST for the connected is not delivered to a follower',
    section: 'Stricter than the network',
    level: 'network',
    needs: ['owner', 'own-peer'],
    writes: true,
    async run(target) {
      const peer = ownPeerOf(target);
      await becomeFollower(target, peer);
      const hidden = await createPost(target, { visibility: 'C' });
      const shown = await createPost(target, { visibility: 'F' });
      // What comes later is there: the earlier one would have come, too.
      const later = await awaitDelivery(target, peer, ({ token }) => actionId(token) === shown);
      const leaked = deliveredTo(peer).some(({ token }) => actionId(token) === hidden);
      if (leaked) return passedAsNetwork('a POST with the letter C goes to every follower');
      return judged('it is not delivered', [!later && 'nothing is delivered at all']);
    },
  },
];
