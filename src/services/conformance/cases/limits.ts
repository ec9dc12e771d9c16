/** Limits of what an instance takes, and what only its owner may do. */
import type { Case } from '../case.ts';
import { nonce } from '../made-tokens.ts';
import { deliverOnce, NO_BLOB, NO_FILE } from '../requests.ts';
import { judged, passedAsNetwork, type Refusal, refusal, told } from '../verdict.ts';

const INVALID: Refusal = { status: 400, code: 'E-VAL-INVALID' };
const FORBIDDEN: Refusal = { status: 403, code: 'E-AUTH-NOPERM' };
const NOT_FOUND: Refusal = { status: 404, code: 'E-CORE-NOTFOUND' };
const JSON_BODY = { 'Content-Type': 'application/json' };
const MIB = 1024 * 1024;

/** Cases of the groups `limits`, `owner-only` and `files`, as a guest sees them. */
export const LIMIT_CASES: readonly Case[] = [
  {
    name: 'limits.body',
    summary: 'A body of more than 1.5 MiB is answered 413',
    section: 'Inbox limits',
    level: 'network',
    async run(target) {
      const token = 'A'.repeat(2 * MIB);
      const answer = await deliverOnce(target, token);
      const network = [{ status: 500, code: 'E-CORE-PARSE' }, INVALID];
      return refusal(answer, 'a body of 2 MiB', { status: 413, code: 'E-VAL-INVALID' }, network);
    },
  },
  {
    name: 'limits.depth',
    summary: 'JSON of more than 16 levels is refused',
    section: 'Inbox limits',
    level: 'network',
    async run(target) {
      const body = `{"token":"abc","later":${'['.repeat(40)}${']'.repeat(40)}}`;
      const answer = await target.ask({ method: 'POST', path: '/api/inbox/sync', headers: JSON_BODY, body });
      return refusal(answer, 'JSON of 40 levels', INVALID, [{ status: 500, code: 'E-CORE-PARSE' }]);
    },
  },
  {
    name: 'limits.related',
    summary: 'More than 64 related tokens are refused',
    section: 'Inbox limits',
    level: 'network',
    async run(target) {
      const related = Array.from({ length: 65 }, () => nonce());
      const answer = await target.ask({
        ...{ method: 'POST', path: '/api/inbox', headers: JSON_BODY },
        body: { token: 'abc', related },
      });
      if (answer.status === 201) return passedAsNetwork('the answer comes before the verification');
      return refusal(answer, '65 related tokens', INVALID);
    },
  },
  {
    name: 'owner-only.create',
    summary: 'Nobody but the owner may create an action',
    section: "The owner's calls",
    level: 'must',
    async run(target) {
      const body = { type: 'POST', subType: 'TEXT', content: 'not mine' };
      const answer = await target.ask({ method: 'POST', path: '/api/actions', headers: JSON_BODY, body });
      return refusal(answer, 'a guest who posts', FORBIDDEN, [{ status: 401 }]);
    },
  },
  {
    name: 'owner-only.profile',
    summary: 'Nobody but the owner may change the profile',
    section: 'Lists of profiles',
    level: 'must',
    async run(target) {
      const body = { name: 'not mine' };
      const answer = await target.ask({ method: 'PATCH', path: '/api/me', headers: JSON_BODY, body });
      return refusal(answer, 'a guest who changes the profile', FORBIDDEN, [{ status: 401 }]);
    },
  },
  {
    name: 'owner-only.upload',
    summary: 'Nobody but the owner may upload a file',
    section: 'Uploads',
    level: 'must',
    async run(target) {
      const headers = { 'Content-Type': 'text/plain' };
      const answer = await target.ask({ method: 'POST', path: '/api/files/default/x.txt', headers, body: 'x' });
      return refusal(answer, 'a guest who uploads', FORBIDDEN);
    },
  },
  {
    name: 'owner-only.profiles',
    summary: 'A guest may not list the profiles that the owner knows',
    section: 'Lists of profiles',
    level: 'must',
    run: async (target) =>
      refusal(await target.ask({ path: '/api/profiles' }), 'a guest', FORBIDDEN, [{ status: 401 }]),
  },
  ...[`${NO_FILE}`, `${NO_FILE}/descriptor`, `${NO_FILE}/metadata`, `variant/${NO_BLOB}`].map((path, index): Case => {
    const what = ['a file', 'a descriptor', 'the metadata of a file', 'a blob'][index] as string;
    return {
      name: `files.unknown-${['file', 'descriptor', 'metadata', 'blob'][index]}`,
      summary: `${what[0]?.toUpperCase()}${what.slice(1)} that does not exist is answered 404`,
      section: 'Reading files',
      level: 'must',
      run: async (target) => refusal(await target.ask({ path: `/api/files/${path}` }), `${what} of nobody`, NOT_FOUND),
    };
  }),
  {
    name: 'files.owner-list',
    summary: 'A guest gets no list of files',
    section: 'Reading files',
    level: 'must',
    async run(target) {
      const answer = await target.ask({ path: '/api/files' });
      return judged('a guest gets no list', [answer.status === 200 && `GET /api/files is answered ${told(answer)}`]);
    },
  },
];
