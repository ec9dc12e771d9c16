/** Faults in what actions do, row by row (planted-by-table.ts). */
import { isJsonObject } from '../../../src/protocol/json-object.ts';
import {
  ACCESS,
  actingOn,
  answering,
  changed,
  data,
  dataOf,
  delivering,
  error,
  exchange,
  ignoring,
  inbox,
  isOneAction,
  type Json,
  keepingPresence,
  type PlantedBug,
  readingAsOwner,
  showingRelated,
  success,
  takes,
  withoutHeader,
} from './planting.ts';

/** Rows of "Permission", "Connect", "Walls and approval", "Related tokens", "Conversations", "Roles in a conversation". */
const RELATIONS: readonly PlantedBug[] = [
  {
    bug: 'a block is told before the signature is verified',
    found: 'blocks.forged',
    plant: inbox((_, given) => (given.status === 401 ? error(403, 'E-AUTH-NOPERM') : null)),
  },
  { bug: 'a block is not looked at', found: 'blocks.inbox', plant: takes('FLLW', 403) },
  {
    bug: 'a blocked peer gets an access token',
    found: 'blocks.access',
    plant: exchange((_, given) => (given.status === 403 ? ACCESS : null)),
  },
  {
    bug: 'a CONN connects without the owner',
    found: 'connect.waits',
    plant: actingOn('CONN', (id) => ({ method: 'POST', path: `/api/actions/${id}/accept`, body: {} })),
  },
  {
    bug: 'an accepted CONN connects nobody',
    found: 'connect.accepted',
    plant: () => ({
      ask: (ask, pass) => (ask.path.endsWith('/accept') ? Promise.resolve(success(null)) : pass(ask)),
    }),
  },
  { bug: 'no CONN:ACC is sent', found: 'connect.answer', plant: delivering('CONN:ACC', () => null) },
  {
    bug: 'the letter C is for the owner alone',
    found: 'connect.reads',
    plant: () => ({
      ask: async (ask, pass, owner) => {
        const given = await pass(ask);
        const { visibility } = (dataOf(given) ?? {}) as Json;
        return ask.bearer !== owner && visibility === 'C' ? error(403, 'E-AUTH-NOPERM') : given;
      },
    }),
  },
  {
    bug: 'the connected are strangers',
    found: 'connect.speaks',
    plant: inbox(({ t }) => (t === 'POST:TEXT' ? error(403, 'E-AUTH-NOPERM') : null)),
  },
  {
    bug: 'a post on the wall is on none',
    found: 'walls.post',
    plant: data('/api/actions/a1', ({ audience: _, ...view }) => view),
  },
  {
    bug: 'an approval comes without the post',
    found: 'walls.approval',
    plant: delivering('APRV', (sent) => ({ ...sent, related: [] })),
  },
  {
    bug: 'related tokens are ignored',
    found: 'related.taken',
    plant: () => ({
      ask: (ask, pass) => pass(isJsonObject(ask.body) ? { ...ask, body: { ...ask.body, related: undefined } } : ask),
    }),
  },
  { bug: 'the signature of a related token is not verified', found: 'related.forged', plant: showingRelated },
  { bug: 'an approval is good for any wall', found: 'related.other-wall', plant: showingRelated },
  { bug: 'anybody writes in a conversation', found: 'conversations.outsider', plant: takes('MSG', 403) },
  { bug: 'an observer writes', found: 'conversations.observer', plant: takes('MSG', 403) },
  {
    bug: 'subscribers may not write',
    found: 'conversations.message',
    plant: inbox(({ t }) => (t === 'MSG' ? error(403, 'E-AUTH-NOPERM') : null)),
  },
  { bug: 'anybody raises its role', found: 'conversations.own-role', plant: takes('SUBS:UPD', 403) },
  { bug: 'messages are not relayed', found: 'conversations.relay', plant: delivering('APRV', () => null) },
  {
    bug: 'anybody that is signed in reads conversations',
    found: 'conversations.readers',
    plant: readingAsOwner((ask, given) => isOneAction(ask) && given.status === 403),
  },
];

/** Rows of "Action types" (properties), "Counts", "Shared files", "Access tokens", "Reading files", "WebSocket bus", "Rate limits". */
const OTHERS: readonly PlantedBug[] = [
  { bug: 'presence is stored', found: 'presence.not-stored', plant: keepingPresence },
  { bug: 'old presence is passed on', found: 'presence.live', plant: keepingPresence },
  { bug: 'anybody tells how anybody is', found: 'presence.foreign', plant: takes('PRES:ONLINE', 403) },
  {
    bug: 'reposts are not counted',
    found: 'reposts.counted',
    plant: data('/api/actions/a1', (view) => ({ ...view, stat: {} })),
  },
  {
    bug: 'reactions are counted without their kind',
    found: 'counts.reaction',
    plant: data('/api/actions/a1', (view) => ({ ...view, stat: { reactions: '1' } })),
  },
  { bug: 'anything may be reposted', found: 'reposts.hidden', plant: takes('REPOST', 403) },
  { bug: 'a repost needs no audience', found: 'reposts.without-audience', plant: takes('REPOST', 400) },
  {
    bug: 'a share opens nothing',
    found: 'shares.read',
    plant: answering('/api/files/f1', (given) => (given.status === 200 ? error(404, 'E-CORE-NOTFOUND') : given)),
  },
  { bug: 'a share is not delivered', found: 'shares.delivered', plant: delivering('FSHR', () => null) },
  {
    bug: 'a shared file is open to all',
    found: 'shares.others',
    plant: readingAsOwner(({ path }, given) => path.startsWith('/api/files/f1') && given.status === 404),
  },
  {
    bug: 'a share is not taken back',
    found: 'shares.taken-back',
    plant: readingAsOwner(({ path }, given) => path.startsWith('/api/files/f1') && given.status === 404),
  },
  { bug: 'the scope of a token is ignored', found: 'shares.scope-r', plant: ignoring('scope') },
  { bug: 'a token for one file opens the rest', found: 'access.scope', plant: ignoring('scope') },
  {
    bug: 'a share needs no acceptance',
    found: 'shares.waits',
    plant: answering('/api/actions?type=FSHR', (given) => changed(given, (whole) => ({ ...whole, data: [] }))),
  },
  {
    bug: 'a variant that is missing is not found',
    found: 'pictures.next-smaller',
    plant: answering('/api/files/f1', (given, { path }) =>
      path.includes('variant=vis.xd') ? error(404, 'E-CORE-NOTFOUND') : given,
    ),
  },
  {
    bug: 'types are guessed',
    found: 'files.scripts',
    plant: answering('/api/files/f1', (given) => withoutHeader(given, 'x-content-type-options')),
  },
  {
    bug: 'the bus tells everybody everything',
    found: 'bus.action',
    plant: () => ({ bus: (ask, pass, owner) => pass({ ...ask, bearer: owner }) }),
  },
  {
    bug: 'a limit names no pause',
    found: 'limits.rate',
    limits: true,
    plant: answering('/api/auth/access-token', (given) => withoutHeader(given, 'retry-after')),
  },
  { bug: 'no proof of work is demanded', found: 'pow.conn', limits: true, plant: takes('CONN', 428) },
];

/** All of them. */
export const EFFECTS: readonly PlantedBug[] = [...RELATIONS, ...OTHERS];
