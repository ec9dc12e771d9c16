/** Lists of actions and the outbox. */
import { actionId } from '../../../protocol/content-id.ts';
import { typeProblem } from '../../../protocol/json-object.ts';
import { decodeTokenOrNull } from '../../../protocol/token.ts';
import type { Case } from '../case.ts';
import { signIn } from '../requests.ts';
import { peerOf } from '../target.ts';
import {
  judged,
  objectOf,
  outboxTokens,
  pagination,
  passedAsNetwork,
  refusal,
  rowsOf,
  skipped,
  someOf,
  told,
} from '../verdict.ts';
import { FILTERS, filterCase, list } from './filters.ts';
import { viewProblem } from './view-form.ts';

const FORBIDDEN = { status: 403, code: 'E-AUTH-NOPERM' };
const LISTS = 'Lists of actions';

function idsIn(rows: readonly Record<string, unknown>[]): string[] {
  return rows.map(({ actionId: id }) => String(id));
}

function isSorted(texts: readonly string[], newestFirst: boolean): boolean {
  const sorted = texts.toSorted();
  const wanted = newestFirst ? sorted.toReversed() : sorted;
  return texts.every((text, index) => text === wanted[index]);
}

/** Cases of the groups `list` and `outbox`. */
export const LIST_CASES: readonly Case[] = [
  {
    name: 'list.page',
    summary: 'A list is data, and cursorPagination with nextCursor and hasMore',
    section: 'Envelope and errors',
    level: 'must',
    async run(target) {
      const answer = await list(target, '?limit=1');
      const [rows, page] = [rowsOf(answer), pagination(answer)];
      const cursor = page?.['nextCursor'];
      return judged('the page has its form', [
        rows === null && `GET /api/actions?limit=1 is answered ${told(answer)}`,
        rows !== null && rows.length > 1 && `limit=1 is answered with ${rows.length}`,
        typeProblem('cursorPagination.hasMore', page?.['hasMore'], 'boolean'),
        cursor !== null && typeProblem('cursorPagination.nextCursor', cursor, 'string'),
      ]);
    },
  },
  {
    name: 'list.pages',
    summary: 'nextCursor leads through all actions: each comes once, in the order of one large page',
    section: 'Envelope and errors',
    level: 'must',
    async run(target) {
      const ids = idsIn(someOf(await list(target, '?limit=100'), 'GET /api/actions', 2));
      const size = Math.ceil(ids.length / 3);
      const paged: string[] = [];
      let page: Record<string, unknown> | null = null;
      for (
        let cursor = '';
        paged.length < ids.length;
        cursor = `&cursor=${encodeURIComponent(String(page['nextCursor']))}`
      ) {
        const answer = await list(target, `?limit=${size}${cursor}`);
        paged.push(...idsIn(rowsOf(answer) ?? []));
        page = pagination(answer);
        if (page?.['hasMore'] !== true) break;
      }
      // A full page is no sign of another one.
      const whole = ids.length < 100 ? pagination(await list(target, `?limit=${ids.length}`)) : null;
      const lost = ids.findIndex((id, index) => paged[index] !== id);
      return judged(`pages of ${size} have all ${ids.length}`, [
        lost >= 0 &&
          `in pages of ${size}, action ${lost + 1} of ${ids.length} is ${paged[lost] ?? 'missing'}; ${ids[lost]} is right`,
        page?.['hasMore'] === true && ids.length < 100 && 'hasMore is true on the last page',
        whole?.['hasMore'] === true && `hasMore is true on a page of ${ids.length} that has them all`,
      ]);
    },
  },
  {
    name: 'list.views',
    summary: 'Each action of a list has the form of a view, with a status and a letter of the protocol',
    section: 'Views',
    level: 'must',
    async run(target) {
      const rows = someOf(await list(target, '?limit=100'), 'GET /api/actions');
      return judged(`views: ${rows.length}`, rows.map(viewProblem));
    },
  },
  ...FILTERS.map(filterCase),
  {
    name: 'list.public-only',
    summary: 'A guest gets public actions only',
    section: 'Visibility',
    level: 'must',
    async run(target) {
      const rows = someOf(await list(target, '?limit=100'), 'GET /api/actions');
      const hidden = rows.filter(({ visibility }) => visibility !== 'P');
      return judged(`public actions: ${rows.length}`, [
        hidden.length > 0 && `a guest gets actions that are not public: ${hidden.length}`,
      ]);
    },
  },
  {
    name: 'list.newest-first',
    summary: 'A list comes newest first',
    section: LISTS,
    level: 'must',
    async run(target) {
      const rows = someOf(await list(target, '?limit=100'), 'GET /api/actions', 2);
      const times = rows.map(({ createdAt }) => String(createdAt));
      return judged('newest first', [!isSorted(times, true) && `createdAt comes as ${times.slice(0, 3).join(', ')} …`]);
    },
  },
  {
    name: 'list.tokens',
    summary: 'With includeTokens each action has the token that hashes to its ID',
    section: 'Content addresses',
    level: 'must',
    async run(target) {
      const rows = someOf(await list(target, '?includeTokens=true&limit=20'), 'GET /api/actions');
      const wrong = rows.filter(({ token, actionId: id }) => typeof token !== 'string' || actionId(token) !== id);
      return judged(`tokens that hash to their ID: ${rows.length}`, [
        ...wrong.map(({ actionId: id }) => `the token of ${String(id)} is missing, or hashes to another ID`),
      ]);
    },
  },
  {
    name: 'list.count',
    summary: 'count=true answers no data, and the count',
    section: LISTS,
    level: 'should',
    async run(target) {
      const answer = await list(target, '?count=true');
      return judged('the count is there', [
        rowsOf(answer)?.length !== 0 && `data has another form: ${told(answer)}`,
        typeProblem('cursorPagination.count', pagination(answer)?.['count'], 'number'),
      ]);
    },
  },
  {
    name: 'list.singular',
    summary: '/api/action/:id is the same as /api/actions/:id',
    section: 'Either path',
    level: 'network',
    async run(target) {
      const [row] = someOf(await list(target, '?limit=1'), 'GET /api/actions');
      const answer = await target.ask({ path: `/api/action/${String(row?.['actionId'])}` });
      if (answer.status === 404) return passedAsNetwork('only the plural is there');
      return judged('the singular is the same', [
        objectOf(answer)['actionId'] !== row?.['actionId'] && `the singular is answered ${told(answer)}`,
      ]);
    },
  },
  {
    name: 'outbox.guest',
    summary: 'A guest may not read the outbox',
    section: 'Outbox',
    level: 'must',
    run: async (target) => refusal(await target.ask({ path: '/api/outbox' }), 'a guest at the outbox', FORBIDDEN),
  },
  {
    name: 'outbox.items',
    summary: 'The outbox is a list of tokens, oldest first',
    section: 'Outbox',
    level: 'must',
    needs: ['peer'],
    async run(target) {
      const bearer = await signIn(target, peerOf(target));
      const answer = await target.ask({ path: '/api/outbox?since=0&limit=20', bearer });
      const tokens = outboxTokens(answer);
      const times = (tokens ?? []).map((token) => String(decodeTokenOrNull(token)?.claims['iat'] ?? 'no token'));
      if (tokens?.length === 0) return skipped('there is nothing in the outbox');
      return judged(`items: ${tokens?.length}`, [
        tokens === null && `GET /api/outbox is answered ${told(answer)}, without data.items of tokens`,
        times.includes('no token') && 'an item is no token',
        !isSorted(times, false) && `iat comes as ${times.slice(0, 3).join(', ')} …`,
        (tokens?.length ?? 0) > 21 && `limit=20 is answered with ${tokens?.length}`,
      ]);
    },
  },
  {
    name: 'outbox.since',
    summary: 'The outbox has nothing that is older than since',
    section: 'Outbox',
    level: 'must',
    needs: ['peer'],
    async run(target) {
      const bearer = await signIn(target, peerOf(target));
      const tomorrow = Math.floor(target.now() / 1000) + 86_400;
      const tokens = outboxTokens(await target.ask({ path: `/api/outbox?since=${tomorrow}`, bearer }));
      return judged('nothing is from tomorrow', [
        tokens?.length !== 0 && `since=tomorrow has items: ${tokens?.length}`,
      ]);
    },
  },
];
