/** What the owner's actions become for others. The suite acts as the owner, by an API key. */
import { actionId } from '../../../protocol/content-id.ts';
import { isJsonObject, parseJsonObject } from '../../../protocol/json-object.ts';
import { decodeTokenOrNull } from '../../../protocol/token.ts';
import type { Case } from '../case.ts';
import { nonce, unfollow } from '../made-tokens.ts';
import { asOwner, becomeFollower, createPost, deliver, signIn } from '../requests.ts';
import { type Answer, otherPeerOf, ownPeerOf, peerOf, type Target } from '../target.ts';
import {
  EarlyVerdict,
  failed,
  isTaken,
  judged,
  notTaken,
  objectOf,
  passed,
  passedAsNetwork,
  refusal,
  rowsOf,
  told,
} from '../verdict.ts';

const WAIT_MS = 20_000;
const POLL_MS = 100;

/** Who may read each letter, of a guest, a stranger that is signed in, and a follower. */
const READERS = {
  P: [200, 200, 200],
  V: [403, 200, 200],
  F: [403, 403, 200],
  C: [403, 403, 403],
  D: [403, 403, 403],
} as const;
const WHO = ['a guest', 'a stranger', 'a follower'] as const;

/** Bearers of a guest, a stranger and a follower. @throws EarlyVerdict */
async function roles(target: Target): Promise<(string | undefined)[]> {
  await becomeFollower(target, peerOf(target));
  // What an earlier run left behind is undone.
  const other = otherPeerOf(target);
  const undone = await deliver(target, await other.sign(unfollow(target)));
  if (!isTaken(undone)) throw new EarlyVerdict(notTaken(undone, 'a FLLW:DEL'));
  const follower = await signIn(target, peerOf(target));
  return [undefined, await signIn(target, other), follower];
}

function readCase(letter: keyof typeof READERS): Case {
  return {
    name: `visibility.letter-${letter.toLowerCase()}`,
    summary: `An action with the letter ${letter} is read by those who may, and by nobody else`,
    section: 'Visibility',
    level: letter === 'F' ? 'network' : 'must',
    needs: ['owner', 'two-peers'],
    writes: true,
    async run(target) {
      const bearers = await roles(target);
      const id = await createPost(target, { visibility: letter });
      const answers: Answer[] = [];
      for (const bearer of bearers) answers.push(await target.ask({ path: `/api/actions/${id}`, bearer }));
      const problems = READERS[letter].flatMap((wanted, index) => {
        const answer = answers[index] as Answer;
        return answer.status === wanted ? [] : [`${WHO[index]} is answered ${told(answer)}; ${wanted} is right`];
      });
      if (letter === 'F' && problems.length === 1 && answers[2]?.status === 403)
        return passedAsNetwork('a follower is refused one action with the letter F');
      return judged(`the letter ${letter} is read by those who may`, problems);
    },
  };
}

/** Waits for something that the instance does by itself. */
async function eventually<T>({ pause }: Target, look: () => T | null | Promise<T | null>): Promise<T | null> {
  const endsAt = performance.now() + WAIT_MS;
  for (;;) {
    const found = await look();
    if (found !== null || performance.now() > endsAt) return found;
    await pause(POLL_MS);
  }
}

function postedToken(body: string): string | null {
  const token = parseJsonObject(body)?.['token'];
  return typeof token === 'string' ? token : null;
}

/** Cases about the owner's actions. */
export const OWNER_CASES: readonly Case[] = [
  ...(Object.keys(READERS) as (keyof typeof READERS)[]).map(readCase),
  {
    name: 'visibility.list-follower',
    summary: 'A follower is listed what followers may read, and not what only the connected may',
    section: 'Different answers',
    level: 'network',
    needs: ['owner', 'two-peers'],
    writes: true,
    async run(target) {
      const [, , follower] = await roles(target);
      const [shown, hidden] = [
        await createPost(target, { visibility: 'F' }),
        await createPost(target, { visibility: 'C' }),
      ];
      const rows = rowsOf(await target.ask({ path: '/api/actions?type=POST&limit=50', bearer: follower })) ?? [];
      const listed = (id: string) => rows.some(({ actionId: one }) => one === id);
      if (!listed(shown)) return failed('an action with the letter F is not listed for a follower');
      if (listed(hidden)) return passedAsNetwork('a follower is listed actions with the letter C');
      return passed('a follower is listed F and not C');
    },
  },
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
      const found = await eventually(target, () => {
        const posted = peer.own.received.filter(({ path }) => path.startsWith('/api/inbox'));
        return posted.some(({ body }) => actionId(postedToken(body) ?? '') === id) ? true : null;
      });
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
      const ids = () => peer.own.received.map(({ body }) => actionId(postedToken(body) ?? ''));
      // What comes later is there: the earlier one would have come, too.
      await eventually(target, () => (ids().includes(shown) ? true : null));
      if (ids().includes(hidden)) return passedAsNetwork('a POST with the letter C goes to every follower');
      return judged('it is not delivered', [!ids().includes(shown) && 'nothing is delivered at all']);
    },
  },
  {
    name: 'outbox.readable',
    summary: 'The outbox of a follower has what it may read, with tokens that hash to their IDs',
    section: 'Outbox',
    level: 'must',
    needs: ['owner', 'two-peers'],
    writes: true,
    async run(target) {
      const [, stranger, follower] = await roles(target);
      const id = await createPost(target, { visibility: 'F' });
      const has = async (bearer: string | undefined) => {
        const { items } = objectOf(await target.ask({ path: '/api/outbox?limit=50', bearer }));
        const tokens = Array.isArray(items) ? items.map((item) => String(isJsonObject(item) ? item['token'] : '')) : [];
        return tokens.some((token) => actionId(token) === id);
      };
      const [forStranger, forFollower] = [await has(stranger), await has(follower)];
      return judged('a follower gets it, and a stranger does not', [
        !forFollower && 'the outbox of a follower lacks an action with the letter F',
        forStranger && 'the outbox of a stranger has an action with the letter F',
      ]);
    },
  },
  {
    name: 'bus.action',
    summary: 'A new action comes over the bus to whoever may read it',
    section: 'WebSocket bus',
    level: 'must',
    needs: ['owner', 'two-peers'],
    writes: true,
    async run(target) {
      const [, , follower] = await roles(target);
      const content = nonce();
      const meanwhile = () => createPost(target, { visibility: 'F', content });
      const { frames } = await target.bus({ bearer: follower, send: [], frames: 1, meanwhile });
      return judged('the action comes over the bus', [
        !frames.some((text) => text.includes('"ACTION"') && text.includes(content)) &&
          `no ACTION came; frames: ${frames.length}`,
      ]);
    },
  },
  {
    name: 'deletion.gone',
    summary: 'A deleted action is answered 410 E-CORE-GONE',
    section: 'Visibility',
    level: 'must',
    needs: ['owner'],
    writes: true,
    async run(target) {
      const id = await createPost(target, { visibility: 'P' });
      const deleted = await asOwner(target, { method: 'DELETE', path: `/api/actions/${id}` });
      if (!isTaken(deleted)) return failed(notTaken(deleted, 'DELETE by the owner'));
      const answer = await target.ask({ path: `/api/actions/${id}` });
      return refusal(answer, 'a deleted action', { status: 410, code: 'E-CORE-GONE' });
    },
  },
  {
    name: 'deletion.foreign',
    summary: 'Nobody deletes the action of somebody else',
    section: 'Deletion',
    level: 'must',
    needs: ['owner', 'two-peers'],
    writes: true,
    async run(target) {
      const id = await createPost(target, { visibility: 'P' });
      const claims = { t: 'CMNT', aud: target.idTag, p: id, c: 'Well said', _: nonce() };
      const comment = await peerOf(target).sign(claims);
      const sent = await deliver(target, comment);
      if (!isTaken(sent)) return failed(notTaken(sent, 'a comment on a public action'));
      const undo = { ...claims, t: 'CMNT:DEL', sub: actionId(comment), _: nonce() };
      await deliver(target, await otherPeerOf(target).sign(undo));
      const answer = await target.ask({ path: `/api/actions/${actionId(comment)}` });
      return judged('the comment is still there', [
        answer.status !== 200 && `after a CMNT:DEL of somebody else it is answered ${told(answer)}`,
      ]);
    },
  },
  {
    name: 'flags.comments-off',
    summary: 'A comment on an action that takes none is refused',
    section: 'Flags',
    level: 'must',
    needs: ['owner', 'peer'],
    writes: true,
    async run(target) {
      const id = await createPost(target, { visibility: 'P', flags: 'c' });
      const claims = { t: 'CMNT', aud: target.idTag, p: id, c: 'But', _: nonce() };
      const answer = await deliver(target, await peerOf(target).sign(claims));
      return refusal(answer, 'a comment on an action without comments', { status: 400, code: 'E-VAL-INVALID' });
    },
  },
  {
    name: 'counts.reaction',
    summary: 'A reaction is counted',
    section: 'Counts',
    level: 'should',
    needs: ['owner', 'peer'],
    writes: true,
    async run(target) {
      const id = await createPost(target, { visibility: 'P' });
      const sent = await deliver(target, await peerOf(target).sign({ t: 'REACT:LIKE', aud: target.idTag, sub: id }));
      if (!isTaken(sent)) return failed(notTaken(sent, 'a reaction to a public action'));
      const reactions = await eventually(target, async () => {
        const { stat } = objectOf(await target.ask({ path: `/api/actions/${id}` }));
        const found = isJsonObject(stat) ? stat['reactions'] : undefined;
        return typeof found === 'string' ? found : null;
      });
      return judged('the reaction is counted', [reactions !== '1,L1' && `stat.reactions is ${reactions ?? 'missing'}`]);
    },
  },
  {
    name: 'views.own-token',
    summary: 'A view has the token that hashes to its ID',
    section: 'Views',
    level: 'network',
    needs: ['owner'],
    writes: true,
    async run(target) {
      const id = await createPost(target, { visibility: 'P' });
      const { token } = objectOf(await target.ask({ path: `/api/actions/${id}` }));
      if (token === undefined) return passedAsNetwork('a view has no token');
      const isRight = typeof token === 'string' && actionId(token) === id;
      const iss = isRight ? decodeTokenOrNull(token)?.claims['iss'] : target.idTag;
      return judged('the token hashes to the ID', [
        !isRight && 'the token hashes to another ID',
        iss !== target.idTag && `the issuer is ${String(iss)}`,
      ]);
    },
  },
];
