/**
 * Faults by the page of the protocol, row by row: for each row that says what a server does, a server that doesn't.
 */
import { EFFECTS } from './planted-effects.ts';
import {
  answering,
  changed,
  error,
  ignoring,
  inbox,
  type Json,
  type PlantedBug,
  profile,
  readingAsOwner,
  TAKEN,
  takes,
} from './planting.ts';

/** They leave public posts behind, and who may read what. */
const POSTS = ['visibility.letter-p', 'flags.comments-off', 'flags.reactions-off', 'flags.others-on'];
const HALF = BigInt(`0x${'f'.repeat(48)}c7634d81f4372ddf581a0db248b0a77aecec196accc52973`) / 2n;
function hasHighS(token: string): boolean {
  const signature = Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url');
  return BigInt(`0x${signature.subarray(48).toString('hex')}`) > HALF;
}

function isCanonical(token: string): boolean {
  return token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}

const filters = ['type', 'status', 'visibility', 'issuer', 'audience', 'actionId', 'createdAfter', 'createdBefore'];

/** Rows of the tables "Profile", "Lists of actions", "Outbox", "Requests", "Envelope and errors". */
const READING: readonly PlantedBug[] = [
  {
    bug: 'the type of a profile is another word',
    found: 'profile.fields',
    plant: profile((own) => ({ ...own, type: 'bot' })),
  },
  {
    bug: 'there is no /api/me/full',
    found: 'profile.full',
    plant: answering('/api/me/full', () => error(404, 'E-CORE-NOTFOUND')),
  },
  {
    bug: 'Host is not looked at',
    found: 'hosts.unknown',
    plant: () => ({ ask: (ask, pass) => pass({ ...ask, headers: {} }) }),
  },
  {
    bug: 'Host may have no port',
    found: 'hosts.port',
    plant: () => ({
      ask: (ask, pass) => (ask.headers?.['host'] ? Promise.resolve(error(404, 'E-CORE-NOTFOUND')) : pass(ask)),
    }),
  },
  {
    bug: 'time has milliseconds',
    found: 'envelope.success',
    plant: answering('/api/me', (given) => changed(given, (json) => ({ ...json, time: '2026-11-22T18:00:00.000Z' }))),
  },
  {
    bug: 'another method is unknown',
    found: 'errors.method',
    plant: answering('/api/inbox', (given) => (given.status === 405 ? error(404, 'E-CORE-NOTFOUND') : given)),
  },
  {
    bug: 'hasMore is false on every list',
    found: 'list.pages',
    after: POSTS,
    plant: answering('/api/actions?', (given) =>
      changed(given, (whole) => ({ ...whole, cursorPagination: { nextCursor: null, hasMore: false } })),
    ),
  },
  {
    bug: 'a view has the status X',
    found: 'list.views',
    after: POSTS,
    plant: answering('/api/actions?', (given) =>
      changed(given, (whole) => ({
        ...whole,
        data: (whole['data'] as Json[]).map((row) => ({ ...row, status: 'X' })),
      })),
    ),
  },
  ...filters.map((parameter) => ({
    bug: `the filter ${parameter} is ignored`,
    found: `list.filter-${parameter.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    after: POSTS,
    plant: ignoring(parameter),
  })),
  { bug: 'count is ignored', found: 'list.count', plant: ignoring('count') },
  { bug: 'the outbox ignores since', found: 'outbox.since', after: POSTS, plant: ignoring('since') },
  {
    bug: 'a guest is listed everything',
    found: 'list.public-only',
    after: [...POSTS, 'visibility.letter-c'],
    plant: readingAsOwner(({ path, bearer }) => path.startsWith('/api/actions?') && bearer === undefined),
  },
];

/** Rows of the tables "Action token", "Action types", "Duplicates", "Key fetching". */
const TOKENS: readonly PlantedBug[] = [
  {
    bug: 'a claim that is null has the wrong type',
    found: 'inbox.null-claims',
    plant: inbox((claims) => (Object.values(claims).includes(null) ? error(400, 'E-VAL-INVALID') : null)),
  },
  {
    bug: 'an audience that is null is one',
    found: 'inbox.null-audience',
    plant: inbox(({ aud }) => (aud === null ? TAKEN : null)),
  },
  {
    bug: 'k may be null',
    found: 'token.null-k',
    plant: inbox(({ k }) => (k === null ? error(503, 'E-SYS-UNAVAIL') : null)),
  },
  {
    bug: 'iat may be a text',
    found: 'token.text-iat',
    plant: inbox(({ iat }) => (typeof iat === 'string' ? error(503, 'E-SYS-UNAVAIL') : null)),
  },
  {
    bug: 'unused bits of base64url are not looked at',
    found: 'token.trailing-bits',
    plant: inbox((_, __, token) => (isCanonical(token) ? null : error(503, 'E-SYS-UNAVAIL'))),
  },
  {
    bug: 'a high s is refused',
    found: 'repeat.other-s',
    plant: inbox((_, __, token) => (hasHighS(token) ? error(401, 'E-AUTH-UNAUTH') : null)),
  },
  {
    bug: 'a second signature is a second action',
    found: 'repeat.one-action',
    plant: answering('/api/actions?parentId=', (given) =>
      changed(given, (whole) => ({ ...whole, data: [...(whole['data'] as Json[]), ...(whole['data'] as Json[])] })),
    ),
  },
  { bug: 'a redirect is followed', found: 'keys.redirect', plant: () => ({ followsRedirects: true }) },
  { bug: 'content is optional', found: 'inbox.missing-content', plant: takes('CMNT', 400) },
  { bug: 'content may be empty', found: 'inbox.empty-content', plant: takes('CMNT', 400) },
  { bug: 'a parent is optional', found: 'inbox.missing-parent', plant: takes('CMNT', 400) },
  { bug: 'REACT may have content', found: 'inbox.forbidden-content', plant: takes('REACT:LIKE', 400) },
  { bug: 'properties of content are not looked at', found: 'inbox.missing-property', plant: takes('FSHR', 400) },
  { bug: 'any fileTp will do', found: 'inbox.unknown-choice', plant: takes('FSHR', 400) },
  { bug: 'the flag r is not looked at', found: 'flags.reactions-off', plant: takes('REACT:LIKE', 400) },
  {
    bug: 'the flag c disables reactions, too',
    found: 'flags.others-on',
    plant: inbox(({ t }) => (t === 'REACT:LIKE' ? error(400, 'E-VAL-INVALID') : null)),
  },
];

/** All of them. */
export const BUGS_BY_TABLE: readonly PlantedBug[] = [...READING, ...TOKENS, ...EFFECTS];
