/** Shared files: what a share opens, and for whom. */

import { actionId, fileId } from '../../../protocol/content-id.ts';
import type { Case } from '../case.ts';
import { nonce, proxy } from '../made-tokens.ts';
import { whileConnected } from '../relations.ts';
import { asOwner, createOwn, deliver, exchange, signIn, uploadFile } from '../requests.ts';
import { type ActingPeer, type Answer, lastOwnPeerOf, otherPeerOf, peerOf, type Target } from '../target.ts';
import {
  judged,
  listOf,
  mustTake,
  objectOf,
  passed,
  passedAsNetwork,
  type Refusal,
  refusal,
  told,
} from '../verdict.ts';
import { awaitDelivery, WAIT_MS } from '../waiting.ts';

const NOT_FOUND: Refusal = { status: 404, code: 'E-CORE-NOTFOUND' };
/** How the network's server answers for a file that the caller may not read (specification: Different answers). */
const NETWORK: readonly Refusal[] = [{ status: 403, code: 'E-AUTH-NOPERM' }];
const CONTENT = { contentType: 'text/plain', fileName: 'conform.txt', fileTp: 'BLOB' } as const;
const common = { section: 'Shared files', level: 'must', needs: ['owner', 'two-peers'], writes: true } as const;

function upload(target: Target): Promise<string> {
  const bytes = `Shared in a conformance test: ${nonce()}\n`;
  return uploadFile(target, { preset: 'file', name: 'conform.txt', type: 'text/plain', bytes });
}

async function share(target: Target, { idTag }: ActingPeer, fileId: string, subType?: string): Promise<void> {
  const action = { type: 'FSHR', audienceTag: idTag, subject: fileId, content: CONTENT };
  await createOwn(target, { ...action, ...(subType !== undefined && { subType }) }, 'an FSHR of the owner');
}

async function read(target: Target, peer: ActingPeer, fileId: string): Promise<Answer> {
  return target.ask({ path: `/api/files/${fileId}`, bearer: await signIn(target, peer) });
}

function rightCase(subType: string | undefined): Case {
  const right = subType?.toLowerCase() ?? 'read';
  return {
    ...common,
    name: `shares.${right}`,
    summary: `A share with the right to ${right} lets its audience read the file`,
    async run(target) {
      const id = await upload(target);
      await share(target, peerOf(target), id, subType);
      const answer = await read(target, peerOf(target), id);
      return judged('the audience reads the file', [
        answer.status !== 200 && `the audience is answered ${told(answer)}; 200 is right`,
      ]);
    },
  };
}

function scopeCase(letter: string): Case {
  return {
    ...common,
    name: `shares.scope-${letter.toLowerCase()}`,
    summary: `A token with the scope file:…:${letter} opens the shared file, and no other`,
    section: 'Access tokens',
    async run(target) {
      const peer = peerOf(target);
      const [id, other] = [await upload(target), await upload(target)];
      for (const one of [id, other]) await share(target, peer, one);
      const scope = `&scope=${encodeURIComponent(`file:${id}:${letter}`)}`;
      const exchanged = await exchange(target, await peer.sign(proxy(target)), scope);
      mustTake(exchanged, 'a PROXY token with a scope');
      const bearer = String(objectOf(exchanged)['token']);
      const inside = await target.ask({ path: `/api/files/${id}`, bearer });
      if (inside.status !== 200)
        return judged('', [`a token with the scope of a shared file is answered ${told(inside)}; 200 is right`]);
      return refusal(await target.ask({ path: `/api/files/${other}`, bearer }), 'another file', NOT_FOUND, NETWORK);
    },
  };
}

/** Cases of the group `shares`. */
export const SHARE_CASES: readonly Case[] = [
  ...[undefined, 'COMMENT', 'WRITE'].map(rightCase),
  {
    ...common,
    name: 'shares.others',
    summary: 'A shared file is not there for anybody else',
    section: 'Who may read a file',
    level: 'network',
    async run(target) {
      const id = await upload(target);
      await share(target, peerOf(target), id);
      return refusal(await read(target, otherPeerOf(target), id), 'a file shared with another', NOT_FOUND, NETWORK);
    },
  },
  {
    ...common,
    name: 'shares.taken-back',
    summary: 'FSHR:DEL takes the share back',
    level: 'network',
    async run(target) {
      const id = await upload(target);
      await share(target, peerOf(target), id);
      const before = await read(target, peerOf(target), id);
      await share(target, peerOf(target), id, 'DEL');
      if (before.status !== 200) return judged('', [`the audience is answered ${told(before)} before; 200 is right`]);
      return refusal(await read(target, peerOf(target), id), 'a file whose share was taken back', NOT_FOUND, NETWORK);
    },
  },
  {
    ...common,
    name: 'shares.scope-grants-nothing',
    summary: 'A scope grants no right: a file that is not shared stays closed',
    section: 'Access tokens',
    level: 'network',
    async run(target) {
      const id = await upload(target);
      const scope = `&scope=${encodeURIComponent(`file:${id}:W`)}`;
      const exchanged = await exchange(target, await peerOf(target).sign(proxy(target)), scope);
      if (exchanged.status === 403) return passed('no token is given for it');
      mustTake(exchanged, 'a PROXY token with a scope');
      const bearer = String(objectOf(exchanged)['token']);
      return refusal(
        await target.ask({ path: `/api/files/${id}`, bearer }),
        'a file nobody shared',
        NOT_FOUND,
        NETWORK,
      );
    },
  },
  ...['R', 'C', 'W'].map(scopeCase),
  {
    ...common,
    name: 'shares.delivered',
    summary: 'An FSHR goes to the inbox of its audience',
    needs: ['owner', 'own-peer'],
    async run(target) {
      const peer = lastOwnPeerOf(target);
      const id = await upload(target);
      await share(target, peer, id);
      const sent = await awaitDelivery(target, peer, ({ claims: { t, sub } }) => t === 'FSHR' && sub === id);
      return judged('it is delivered', [!sent && `${peer.idTag} got no FSHR within ${WAIT_MS / 1000} s`]);
    },
  },
  {
    ...common,
    name: 'shares.waits',
    summary: 'An FSHR of a connected peer waits with the status C until the owner accepts it',
    needs: ['owner', 'peer'],
    run: (target) =>
      whileConnected(target, peerOf(target), async () => {
        // A file that nobody has.
        const sub = fileId(nonce());
        const token = await peerOf(target).sign({ t: 'FSHR', aud: target.idTag, sub, c: CONTENT, _: nonce() });
        const answer = await deliver(target, token);
        if (answer.status === 403) return passedAsNetwork('it is refused where the file is known as an attachment');
        mustTake(answer, 'an FSHR of a connected peer');
        const open = listOf(await asOwner(target, { path: '/api/actions?type=FSHR&status=C' }), 'the open shares');
        const found = open.some((row) => row['actionId'] === actionId(token));
        return judged('it waits', [!found && 'the owner is listed no FSHR with the status C']);
      }),
  },
];
