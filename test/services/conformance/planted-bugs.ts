import { jwtClaims } from '../../../src/federation/peer/jwt-expiry.ts';
import { actionId } from '../../../src/protocol/content-id.ts';
import { decodeTokenOrNull } from '../../../src/protocol/token.ts';
import { BUGS_BY_TABLE } from './planted-by-table.ts';
import {
  ACCESS,
  answer,
  answering,
  changed,
  error,
  exchange,
  type Intercept,
  inbox,
  isOneAction,
  type Json,
  type PlantedBug,
  profile,
  readingAsOwner,
  TAKEN,
  tokenOf,
  withoutHeader,
} from './planting.ts';
import type { Wrapper } from './suite.ts';

/** A server that remembers tokens by their signed bytes, and refuses a second signature. */
function refusingSecondSignatures(): Wrapper {
  const seen = new Map<string, string>();
  return {
    ask: async (ask, pass) => {
      const token = tokenOf(ask);
      if (token === null) return pass(ask);
      const signed = token.slice(0, token.lastIndexOf('.'));
      const before = seen.get(signed) ?? token;
      seen.set(signed, before);
      return before === token ? pass(ask) : error(409, 'E-CORE-CONFLICT');
    },
  };
}

/** A server that knows the first key of an issuer for ever. */
function keepingFirstKeys(): Wrapper {
  const keys = new Map<unknown, unknown>();
  const { ask } = exchange(({ iss, k }) => {
    if (!keys.has(iss)) keys.set(iss, k);
    return keys.get(iss) === k ? null : error(401, 'E-AUTH-UNAUTH');
  })();
  return { ask: ask as Intercept };
}

/** A server whose followers are whoever sent the last FLLW, replayed or not. */
export function followingByArrival(): Wrapper {
  const last = new Map<unknown, unknown>();
  return {
    ask: async (ask, pass) => {
      const given = await pass(ask);
      const { iss, t } = jwtClaims(tokenOf(ask) ?? '') ?? {};
      if (typeof t === 'string' && given.status < 300) last.set(iss, t);
      const idTag = ask.path.slice('/api/profiles/'.length);
      if (!ask.path.startsWith('/api/profiles/') || !last.has(idTag)) return given;
      return changed(given, (whole) => ({
        ...whole,
        data: { ...(whole['data'] as Json), follower: last.get(idTag) === 'FLLW' },
      }));
    },
  };
}

/** A server that lets anybody delete a comment. */
function deletingForAnybody(): Wrapper {
  const gone = new Set<unknown>();
  return {
    ask: async (ask, pass) => {
      const { t, sub } = jwtClaims(tokenOf(ask) ?? '') ?? {};
      if (t === 'CMNT:DEL') gone.add(sub);
      return gone.has(ask.path.slice('/api/actions/'.length)) ? error(410, 'E-CORE-GONE') : pass(ask);
    },
  };
}

/** A server that answers a repeat as a conflict. */
function refusingRepeats(): Wrapper {
  const seen = new Set<string>();
  return {
    ask: async (ask, pass) => {
      const token = tokenOf(ask);
      if (token !== null && seen.has(token)) return error(409, 'E-CORE-CONFLICT');
      if (token !== null) seen.add(token);
      return pass(ask);
    },
  };
}

/** Chosen from the tables and lists of the page that specifies the protocol. */
const CHOSEN: readonly PlantedBug[] = [
  {
    bug: 'the profile has no time',
    found: 'profile.time',
    plant: answering('/api/me', (given) =>
      given.json === undefined ? given : changed(given, ({ time: _, ...rest }) => rest),
    ),
  },
  {
    bug: 'keys are unpadded base64url',
    found: 'profile.keys',
    plant: profile((data) => ({
      ...data,
      keys: (data['keys'] as Json[]).map((key) => ({
        ...key,
        publicKey: Buffer.from(String(key['publicKey']), 'base64').toString('base64url').slice(0, -1),
      })),
    })),
  },
  {
    bug: 'an absent field is null',
    found: 'profile.no-null',
    plant: profile((data) => ({ ...data, profilePic: null })),
  },
  {
    bug: 'If-None-Match is ignored',
    found: 'profile.etag-quoted',
    plant: () => ({ ask: (ask, pass) => pass({ ...ask, headers: {} }) }),
  },
  {
    bug: 'only a quoted ETag is compared',
    found: 'profile.etag-unquoted',
    plant: () => ({
      ask: (ask, pass) =>
        pass(ask.headers?.['If-None-Match']?.startsWith('"') === false ? { ...ask, headers: {} } : ask),
    }),
  },
  {
    bug: 'the app domain answers in the envelope',
    found: 'profile.app-domain',
    plant: answering('/.well-known', (given) => changed(given, (json) => ({ data: json }))),
  },
  {
    bug: 'the app domain has no CORS',
    found: 'profile.app-domain-cors',
    plant: answering('/.well-known', (given) => withoutHeader(given, 'access-control-allow-origin')),
  },
  {
    bug: 'X-Request-ID is not taken over',
    found: 'envelope.request-id',
    plant: () => ({ ask: (ask, pass) => pass({ ...ask, headers: {} }) }),
  },
  {
    bug: 'JSON may be stored',
    found: 'envelope.no-store',
    plant: answering('/api/', (given) => withoutHeader(given, 'cache-control')),
  },
  {
    bug: 'an error is a message alone',
    found: 'errors.form',
    plant: answering('/api/actions/', (given) =>
      given.status < 400 ? given : answer(given.status, { message: 'no' }),
    ),
  },
  {
    bug: 'an unknown path is answered with a page',
    found: 'errors.unknown-path',
    plant: answering('/api/nothing', () => answer(404, '<h1>Not found</h1>')),
  },
  {
    bug: 'alg none is taken',
    found: 'token.algorithm-none',
    plant: inbox((_, given, token) => (token.endsWith('.') ? TAKEN : given)),
  },
  {
    bug: 'alg HS256 is taken',
    found: 'token.algorithm-hs256',
    plant: inbox((_, given, token) => (decodeTokenOrNull(token)?.header['alg'] === 'HS256' ? TAKEN : given)),
  },
  {
    bug: 'an issuer in upper case is normalised',
    found: 'token.uppercase-issuer',
    plant: inbox(({ iss }) => (iss !== String(iss).toLowerCase() ? error(503, 'E-SYS-UNAVAIL') : null)),
  },
  {
    bug: 'a key that came with a rotation is not fetched',
    found: 'keys.rotation',
    plant: keepingFirstKeys,
  },
  {
    bug: 'the signature is not verified',
    found: 'signature.changed',
    plant: inbox((_, given) => (given.status === 401 ? TAKEN : null)),
  },
  {
    bug: 'the signature of a PROXY token is not verified',
    found: 'signature.access-token',
    plant: exchange((_, given) => (given.status === 401 ? ACCESS : null)),
  },
  {
    bug: 'a PROXY token for somebody else is exchanged',
    found: 'access.wrong-audience',
    plant: exchange((_, given) => (given.status === 403 ? ACCESS : null)),
  },
  {
    bug: 'an expired PROXY token is exchanged',
    found: 'access.expired',
    plant: exchange((_, given) => (given.status === 401 ? ACCESS : null)),
  },
  {
    bug: 'the inbox takes PROXY',
    found: 'access.proxy-in-inbox',
    plant: inbox(({ t }) => (t === 'PROXY' ? TAKEN : null)),
  },
  {
    bug: 'lengths are counted in characters',
    found: 'inbox.content-bytes',
    plant: inbox(({ c }, given) => (given.status === 400 && typeof c === 'string' && c.length <= 500 ? TAKEN : null)),
  },
  {
    bug: 'exp is not enforced',
    found: 'inbox.expired',
    plant: inbox(({ exp }, given) => (given.status === 401 && exp !== undefined ? TAKEN : null)),
  },
  {
    bug: 'exp has no leeway',
    found: 'inbox.leeway',
    plant: inbox(({ exp }) => (typeof exp === 'number' ? error(401, 'E-AUTH-UNAUTH') : null)),
  },
  {
    bug: 'strangers may post',
    found: 'inbox.stranger-post',
    plant: inbox((_, given) => (given.status === 403 ? TAKEN : null)),
  },
  {
    bug: 'unknown claims are refused',
    found: 'inbox.unknown-claim',
    plant: inbox(({ later }) => (later !== undefined ? error(400, 'E-VAL-INVALID') : null)),
  },
  { bug: 'a repeat is a conflict', found: 'repeat.same-token', plant: refusingRepeats },
  { bug: 'a second signature is a conflict', found: 'repeat.second-signature', plant: refusingSecondSignatures },
  { bug: 'a replayed FLLW follows again', found: 'repeat.replayed-follow', plant: followingByArrival },
  {
    bug: 'a guest reads everything by its ID',
    found: 'visibility.personal-guest',
    plant: readingAsOwner((ask) => isOneAction(ask) && ask.bearer === undefined),
  },
  {
    bug: 'whoever is signed in is listed everything',
    found: 'visibility.list-other',
    plant: readingAsOwner(({ path, bearer }) => path.startsWith('/api/actions?') && bearer !== undefined),
  },
  {
    bug: 'followers read what is for the connected',
    found: 'visibility.letter-c',
    plant: readingAsOwner((ask, given) => isOneAction(ask) && ask.bearer !== undefined && given.status === 403),
  },
  {
    bug: 'a guest reads the outbox',
    found: 'outbox.guest',
    plant: readingAsOwner(({ path }) => path.startsWith('/api/outbox')),
  },
  {
    bug: 'a list has no pagination',
    found: 'list.page',
    plant: answering('/api/actions?', (given) => changed(given, ({ cursorPagination: _, ...rest }) => rest)),
  },
  {
    bug: 'a deleted action is unknown',
    found: 'deletion.gone',
    plant: answering('/api/actions/', (given) => (given.status === 410 ? error(404, 'E-CORE-NOTFOUND') : given)),
  },
  { bug: 'anybody deletes anything', found: 'deletion.foreign', plant: deletingForAnybody },
  {
    bug: 'flags are not looked at',
    found: 'flags.comments-off',
    plant: inbox(({ t }, given) => (t === 'CMNT' && given.status === 400 ? TAKEN : null)),
  },
  {
    bug: 'Range is ignored',
    found: 'files.range',
    plant: () => ({ ask: (ask, pass) => pass(ask.headers?.['Range'] === undefined ? ask : { ...ask, headers: {} }) }),
  },
  {
    bug: 'a file lacks the header with its descriptor',
    found: 'files.bytes',
    plant: answering('/api/files/f1', (given) => withoutHeader(given, 'x-cloudillo-variants')),
  },
  {
    bug: 'the token in a view is another one',
    found: 'visibility.personal-issuer',
    plant: answering('/api/actions/', (given) =>
      given.status !== 200
        ? given
        : changed(given, (whole) => ({ ...whole, data: { ...(whole['data'] as Json), token: actionId('x') } })),
    ),
  },
  {
    bug: 'anybody may change the profile',
    found: 'owner-only.profile',
    plant: () => ({ ask: (ask, pass, owner) => pass(ask.method === 'PATCH' ? { ...ask, bearer: owner } : ask) }),
  },
  {
    bug: 'the bus closes with 1000 for a guest',
    found: 'bus.guest',
    plant: () => ({ bus: async (ask, pass) => ({ ...(await pass(ask)), closed: 1000 }) }),
  },
  {
    bug: 'ping is answered with ok',
    found: 'bus.ping',
    plant: () => ({
      bus: async (ask, pass) => {
        const { frames, closed } = await pass(ask);
        return { frames: frames.map((text) => text.replace('pong', 'ok')), closed };
      },
    }),
  },
];

/** All of them. */
export const PLANTED_BUGS: readonly PlantedBug[] = [...CHOSEN, ...BUGS_BY_TABLE];
