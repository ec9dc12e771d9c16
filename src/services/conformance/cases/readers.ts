/** Who may read what the owner posts, by the letter of its visibility. */
import { actionId } from '../../../protocol/content-id.ts';
import type { Case } from '../case.ts';
import { becomeFollower, part } from '../relations.ts';
import { createPost, signIn } from '../requests.ts';
import { type Answer, otherPeerOf, peerOf, type Target } from '../target.ts';
import {
  EarlyVerdict,
  failed,
  judged,
  listOf,
  outboxTokens,
  pagination,
  passed,
  passedAsNetwork,
  skipped,
  told,
} from '../verdict.ts';
import { list } from './filters.ts';

const SECOND_MS = 1000;

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
export async function roles(target: Target): Promise<[undefined, string, string]> {
  const [peer, other] = [peerOf(target), otherPeerOf(target)];
  for (const one of [peer, other]) await part(target, one);
  await becomeFollower(target, peer);
  return [undefined, await signIn(target, other), await signIn(target, peer)];
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

/** Cases about the letters of visibility. */
export const READER_CASES: readonly Case[] = [
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
      const list = await target.ask({ path: '/api/actions?type=POST&limit=50', bearer: follower });
      const rows = listOf(list, 'the list for a follower');
      const listed = (id: string) => rows.some(({ actionId: one }) => one === id);
      if (!listed(shown)) return failed('an action with the letter F is not listed for a follower');
      if (listed(hidden)) return passedAsNetwork('a follower is listed actions with the letter C');
      return passed('a follower is listed F and not C');
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
        const tokens = outboxTokens(await target.ask({ path: '/api/outbox?limit=50', bearer }));
        return tokens?.some((token) => actionId(token) === id) ?? false;
      };
      const [forStranger, forFollower] = [await has(stranger), await has(follower)];
      return judged('a follower gets it, and a stranger does not', [
        !forFollower && 'the outbox of a follower lacks an action with the letter F',
        forStranger && 'the outbox of a stranger has an action with the letter F',
      ]);
    },
  },
  {
    name: 'outbox.newest',
    summary: 'With a limit the outbox has the newest items',
    section: 'Outbox',
    level: 'must',
    needs: ['owner', 'peer'],
    writes: true,
    async run(target) {
      for (let count = 0; count < 3; count += 1) await createPost(target, { visibility: 'P' });
      // Times of actions are whole seconds.
      await target.pause(SECOND_MS);
      const id = await createPost(target, { visibility: 'P' });
      const bearer = await signIn(target, peerOf(target));
      const answer = await target.ask({ path: '/api/outbox?since=0&limit=2', bearer });
      const ids = outboxTokens(answer)?.map((token) => actionId(token));
      return judged('the newest item is there', [
        !ids && `GET /api/outbox is answered ${told(answer)}, without data.items of tokens`,
        ids && !ids.includes(id) && `limit=2 is answered with ${ids.length} items, without the newest one`,
      ]);
    },
  },
  {
    name: 'list.count-hidden',
    summary: 'What a caller may not read is not counted for it',
    section: 'Visibility',
    level: 'must',
    needs: ['owner'],
    writes: true,
    async run(target) {
      const count = async (): Promise<number> => {
        const answer = await list(target, '?type=POST&count=true');
        const found = pagination(answer)?.['count'];
        if (typeof found === 'number') return found;
        throw new EarlyVerdict(skipped(`count=true is answered ${told(answer)}, without a count`));
      };
      const before = await count();
      await createPost(target, { visibility: 'F' });
      const hidden = await count();
      await createPost(target, { visibility: 'P' });
      const shown = await count();
      return judged('a guest is counted what it may read', [
        hidden !== before && `an action with the letter F makes the count of a guest ${hidden} from ${before}`,
        shown !== hidden + 1 && `an action with the letter P makes the count of a guest ${shown} from ${hidden}`,
      ]);
    },
  },
];
