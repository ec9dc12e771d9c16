/**
 * Twenty faults, chosen from the page that specifies the protocol by somebody who had not seen the cases. They are what whoever writes
 * another server may get wrong, at the cost of its peers.
 */
import { jwtClaims } from '../../../src/federation/peer/jwt-expiry.ts';
import { actionId } from '../../../src/protocol/content-id.ts';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import type { Answer, Ask, PublishedKey } from '../../../src/services/conformance/target.ts';
import { followingByArrival, PLANTED_BUGS } from './planted-bugs.ts';
import {
  answer,
  answering,
  changed,
  data,
  error,
  inbox,
  isOneAction,
  type Json,
  type PlantedBug,
  profile,
  readingAsOwner,
  showingRelated,
  tokenOf,
  withoutHeader,
} from './planting.ts';
import type { Wrapper } from './suite.ts';

/** Five public posts. */
const FIVE_POSTS = [
  ...['visibility.letter-p', 'flags.reactions-off', 'flags.comments-off', 'deletion.foreign', 'counts.reaction'],
];
/** The key that the page shows. It has letters that base64url does not have. */
const EXAMPLE_KEY =
  'MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAENSq6EZZ+xCypWNkm+0+MHIZfLX7I01wTT+SOw7DoOUOuDAWKMkhBVG+SUb9AzCxEOlmkefuEW5zmXNwmH2MphEQW/r18RDjd+Nt5nbemBsoQzsm2Wg/mUyWBsKYs1oe5';

function inBase64url({ keys, ...own }: Json): Json {
  const all = [...(keys as Json[]), { keyId: '250205', publicKey: EXAMPLE_KEY }];
  const written = (text: unknown) => String(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  return { ...own, keys: all.map((key) => ({ ...key, publicKey: written(key.publicKey) })) };
}

/** A server that never sees another key under an ID that it knows. */
function keepingKeys(): Wrapper {
  const known = new Map<string, PublishedKey>();
  return {
    fetched: (idTag, keys) =>
      keys.map((key) => {
        const first = known.get(`${idTag} ${key.keyId}`) ?? key;
        known.set(`${idTag} ${key.keyId}`, first);
        return first;
      }),
  };
}

/** A server that takes a full page for a sign of another one. */
function fullPageHasMore(given: Answer, { path }: Ask): Answer {
  const limit = Number(new URLSearchParams(path.slice(path.indexOf('?'))).get('limit') ?? 20);
  return changed(given, (whole) => {
    const { nextCursor } = whole['cursorPagination'] as Json;
    const isFull = (whole['data'] as Json[]).length === limit;
    return { ...whole, cursorPagination: { nextCursor: isFull ? (nextCursor ?? 'e30') : null, hasMore: isFull } };
  });
}

/** A server whose comments without a letter get the default F, whatever they are about. The readers with a bearer are followers. */
function commentsForFollowers(): Wrapper {
  const comments = new Set<string>();
  return {
    ask: async (ask, pass, owner) => {
      const token = tokenOf(ask);
      const { t, v } = jwtClaims(token ?? '') ?? {};
      if (token !== null && t === 'CMNT' && v === undefined) comments.add(actionId(token));
      if (!isOneAction(ask) || !comments.has(ask.path.slice('/api/actions/'.length))) return pass(ask);
      return ask.bearer === undefined ? error(403, 'E-AUTH-NOPERM') : pass({ ...ask, bearer: owner });
    },
  };
}

/** A server that begins an outbox with the oldest item. */
function oldestOfOutbox(): Wrapper {
  const items = (limit: number) => data('/api/outbox', (all) => ({ items: (all['items'] as Json[]).slice(0, limit) }));
  return {
    ask: (ask, pass, owner) => {
      const limit = /^\/api\/outbox.*[?&]limit=(\d+)/.exec(ask.path)?.[1];
      if (limit === undefined) return pass(ask);
      const whole = { ...ask, path: ask.path.replace(`limit=${limit}`, 'limit=100') };
      return items(Number(limit))().ask?.(whole, pass, owner) as Promise<Answer>;
    },
  };
}

/** A server that refuses the upgrade, as it refuses any other request. */
function refusingUpgrades(): Wrapper {
  return {
    bus: () => Promise.reject(new CloudilloError('peer.refused', 'bob.test answered GET /ws/bus with 401')),
  };
}

/** One that was planted before, by its sentence. */
function planted(sentence: string): PlantedBug {
  const found = PLANTED_BUGS.find(({ bug }) => bug === sentence);
  if (!found) throw new Error(`"${sentence}" is not planted`);
  return found;
}

/** The twenty, by the headings of the page. */
export const STRANGER_BUGS: readonly PlantedBug[] = [
  // Keys, Key fetching
  { bug: 'keys are base64url', found: 'profile.keys', plant: profile(inBase64url) },
  { bug: 'a key that was replaced is never fetched again', found: 'keys.replaced', plant: keepingKeys },
  // Envelope and errors, Requests
  {
    bug: 'hasMore is true on a last page that is full',
    found: 'list.pages',
    after: FIVE_POSTS,
    plant: answering('/api/actions?', fullPageHasMore),
  },
  {
    bug: 'an error may be stored',
    found: 'errors.form',
    plant: answering('/api/', (given) => (given.status < 400 ? given : withoutHeader(given, 'cache-control'))),
  },
  planted('a deleted action is unknown'),
  planted('Host is not looked at'),
  // Action token, Duplicates
  planted('unused bits of base64url are not looked at'),
  planted('a claim that is null has the wrong type'),
  planted('a high s is refused'),
  // Action types, Replacement, Related tokens
  planted('lengths are counted in characters'),
  {
    bug: 'IDP:REG is the subtype REG of an unknown type',
    found: 'inbox.idp-reg',
    plant: inbox(({ t }) => (t === 'IDP:REG' ? error(400, 'E-VAL-INVALID') : null)),
  },
  { bug: 'an older FLLW undoes a FLLW:DEL', found: 'repeat.older-follow', named: true, plant: followingByArrival },
  { bug: 'any related token is taken', found: 'related.unnamed', named: true, plant: showingRelated },
  // Visibility, Access tokens, Who may read a file
  {
    bug: 'a comment does not get the letter of its parent',
    found: 'visibility.inherited',
    plant: commentsForFollowers,
  },
  planted('the scope of a token is ignored'),
  {
    bug: 'the descriptor of a private file is open',
    found: 'files.private-parts',
    plant: readingAsOwner(({ path }) => path.endsWith('/descriptor')),
  },
  // Outbox, Lists of actions
  { bug: 'the outbox has the oldest items', found: 'outbox.newest', plant: oldestOfOutbox },
  {
    bug: 'what is hidden is counted',
    found: 'list.count-hidden',
    plant: readingAsOwner(({ path }) => path.includes('count=true')),
  },
  // WebSocket bus, Inbox limits
  { bug: 'the bus refuses the upgrade for a bad token', found: 'bus.bad-token', plant: refusingUpgrades },
  {
    bug: 'a large body is refused in plain text',
    found: 'limits.body',
    plant: answering('/api/inbox', (given) =>
      given.status === 413 ? answer(413, 'Payload Too Large', { 'content-type': 'text/plain' }) : given,
    ),
  },
];
