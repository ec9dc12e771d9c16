/** Blocked peers: what they are told, and when. The block is ended in the end. */
import type { Case, Verdict } from '../case.ts';
import { baseClaims, follow, proxy, signAnything, withOtherSignature } from '../made-tokens.ts';
import { asOwner, deliver, exchange } from '../requests.ts';
import { type ActingPeer, lastOwnPeerOf, otherPeerOf, type Target } from '../target.ts';
import { mustTake, type Refusal, refusal } from '../verdict.ts';

const FORBIDDEN: Refusal = { status: 403, code: 'E-AUTH-NOPERM' };
const UNAUTHORIZED: Refusal = { status: 401, code: 'E-AUTH-UNAUTH' };
const common = { section: 'Permission', level: 'must', needs: ['owner', 'two-peers'], writes: true } as const;

/** Makes a case with a blocked peer. @throws EarlyVerdict */
async function whileBlocked(target: Target, { idTag }: ActingPeer, run: () => Promise<Verdict>): Promise<Verdict> {
  const path = `/api/profiles/${idTag}`;
  const treat = (status: string) => asOwner(target, { method: 'PATCH', path, body: { status } });
  mustTake(await treat('B'), 'a block by the owner');
  try {
    return await run();
  } finally {
    mustTake(await treat('A'), 'the end of the block by the owner');
  }
}

/** Cases of the group `blocks`. */
export const BLOCK_CASES: readonly Case[] = [
  {
    ...common,
    name: 'blocks.inbox',
    summary: 'Nothing is taken from a blocked peer',
    async run(target) {
      const peer = otherPeerOf(target);
      return whileBlocked(target, peer, async () =>
        refusal(await deliver(target, await peer.sign(follow(target))), 'a FLLW of a blocked peer', FORBIDDEN),
      );
    },
  },
  {
    ...common,
    name: 'blocks.access',
    summary: 'A blocked peer gets no access token',
    section: 'Access tokens',
    async run(target) {
      const peer = otherPeerOf(target);
      return whileBlocked(target, peer, async () =>
        refusal(await exchange(target, await peer.sign(proxy(target))), 'a PROXY token of a blocked peer', FORBIDDEN),
      );
    },
  },
  {
    ...common,
    name: 'blocks.forged',
    summary: 'A forged token does not show who is blocked: the signature is verified first',
    needs: ['owner', 'own-peer'],
    badSignatures: 1,
    async run(target) {
      const { idTag, own, ...peer } = lastOwnPeerOf(target);
      const { blocked } = own.prepared;
      const claims = { ...baseClaims(idTag, blocked, target.now()), ...follow(target) };
      const forged = withOtherSignature(signAnything(claims, blocked.privateKey));
      return whileBlocked(target, { idTag, own, ...peer }, async () =>
        refusal(await deliver(target, forged), 'a forged token in the name of a blocked peer', UNAUTHORIZED),
      );
    },
  },
];
