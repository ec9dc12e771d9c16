/** A store of a million actions, for the benchmark `stalls`: in the index as after a start, and in no journal, which would take a gigabyte. */
import { hash } from 'node:crypto';
import { actionKey } from '../src/protocol/action-types.ts';
import type { ActionClaims } from '../src/protocol/claims.ts';
import { actionId, contentId } from '../src/protocol/content-id.ts';
import { signingInputHash } from '../src/protocol/token.ts';
import { FileBlobs } from '../src/store/blobs/file-blobs.ts';
import { JournalStore } from '../src/store/engine/journal-store.ts';
import { UNSHARED } from '../src/store/home/fence.ts';
import { homePaths } from '../src/store/home/home.ts';
import { StoreIndex } from '../src/store/index/store-index.ts';
import type { Position } from '../src/store/journal/journal.ts';
import { START } from '../src/store/journal/journal.ts';
import { MemoryJournal } from '../src/store/journal/memory-journal.ts';
import type { ActionEvent, JournalEvent, JournalRecord } from '../src/store/model/events.ts';
import type { Store } from '../src/store/model/store-interface.ts';

const HEADER = 'eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzM4NCJ9';
const FIRST = 1_700_000_000;
/** Records that were never written are read from here: made again, the same each time. */
const MADE = 0;
export const TENANT = 'bob.test';
export const STRANGER = 'stranger.example.com';
export const FILE = contentId('f1', 'a file that many actions attach');
/** Who attaches it, in posts for followers. */
const SHARER = 'sharer.example.com';
/** Whose posts are as large as a token may be. */
export const LARGE = 'large.example.com';
export const LARGE_POSTS = 100;

/** What is asked for. */
export interface StallStore {
  store: Store;
  /** A post with many answers. */
  popular: string;
  /** A conversation of the stranger's, with many messages. */
  conversation: string;
}

/** @param count how many actions */
export function stallStore(home: string, count: number): StallStore {
  const blobs = new FileBlobs(homePaths(home).blobs);
  const index = new StoreIndex();
  const { popular, conversation } = namedIds();
  const apply = (event: JournalEvent, offset: number): void => {
    const length = event.kind === 'action' ? event.token.length : 1;
    const position: Position = { segment: MADE, offset, length };
    index.apply([event], position, START, [event.kind === 'action' ? prepared(event) : null]);
  };
  index.bulk = true;
  for (let n = 0; n < count; n += 1) apply(eventOf(n, popular, conversation), n);
  index.bulk = false;
  const descriptor = `d2,vis.orig:${contentId('b1', 'x')}:f=jpeg:s=5:r=1x1`;
  const file = { fileId: FILE, descriptor, fileName: 'x', contentType: 'image/jpeg', owner: SHARER, at: 1 };
  apply({ kind: 'file', tenant: TENANT, ...file }, 0);
  const journal = new MadeJournal(popular, conversation);
  const recovery = { tornBytes: 0, damaged: [], snapshot: 'absent', replayed: 0, unread: 0 } as const;
  const store = new JournalStore({
    journal,
    fence: UNSHARED,
    index,
    blobs,
    recovery: { ...recovery, damaged: [] },
  });
  return { store, popular, conversation };
}

/** Makes what was never written, and keeps the rest in memory. */
class MadeJournal extends MemoryJournal {
  readonly #popular: string;
  readonly #conversation: string;

  constructor(popular: string, conversation: string) {
    super(Date.now);
    this.#popular = popular;
    this.#conversation = conversation;
  }

  override async read(position: Position): Promise<JournalRecord> {
    if (position.segment !== MADE) return super.read(position);
    // Another turn, as for a disk.
    await new Promise(setImmediate);
    return { n: 1, at: 1, e: [eventOf(position.offset, this.#popular, this.#conversation)] };
  }
}

function prepared(event: ActionEvent) {
  const claims = JSON.parse(Buffer.from(event.token.split('.')[1] as string, 'base64url').toString()) as ActionClaims;
  const { token } = event;
  const hashes = { signing: signingInputHash(token), key: actionKey(claims) };
  return { event, claims, ...hashes, isErased: false, bytes: token.length };
}

/** The IDs of the actions that others are about. */
export function namedIds(): Omit<StallStore, 'store'> {
  const idOf = (n: number) => eventOf(n, '', '').actionId;
  return { popular: idOf(0), conversation: idOf(1) };
}

/**
 * Of a hundred: fifty reactions, twenty comments, fifteen posts, ten messages in one conversation, five that come and go; by 5,000 people.
 * One comment in two answers the same post; two posts in fifteen attach the same file. One action in three is public.
 */
export function eventOf(n: number, popular: string, conversation: string): ActionEvent {
  const claims = JSON.stringify(claimsOf(n, popular, conversation));
  const signature = hash('sha384', `${n}`, 'buffer');
  const token = `${HEADER}.${Buffer.from(claims).toString('base64url')}.${Buffer.concat([signature, signature]).toString('base64url')}`;
  const [direction, status] = ['in', 'A'] as const;
  const visibility = n % 3 === 0 ? 'P' : n % 100 >= 85 && n % 100 < 95 ? 'S' : 'F';
  return {
    kind: 'action',
    tenant: TENANT,
    actionId: actionId(token),
    token,
    direction,
    receivedAt: n,
    status,
    visibility,
  };
}

function claimsOf(n: number, popular: string, conversation: string): object {
  const iss = n % 100 === 50 ? TENANT : `person${(n * 7919) % 5000}.example.com`;
  // One in fifty comes late.
  const base = { iss, k: '260101', iat: FIRST + Math.floor(n / 3) - (n % 50 === 7 ? 5000 : 0) };
  const kind = n % 100;
  if (n === 0) return { ...base, iss: TENANT, t: 'POST', c: 'The post that everybody answers' };
  if (n === 1) return { ...base, iss: STRANGER, t: 'CONV', c: { name: 'The conversation' } };
  if (n >= 1000 && n < 1000 + LARGE_POSTS * 3 && n % 3 === 0) {
    return { ...base, iss: LARGE, t: 'POST', c: 'é'.repeat(25_000), x: 'x'.repeat(300_000) };
  }
  if (kind < 50) return { ...base, t: 'REACT:LIKE', sub: popular, c: `${n}` };
  if (kind < 70)
    return { ...base, t: 'CMNT', c: 'A comment.', p: n % 2 === 0 ? popular : contentId('a1', `${n % 5000}`) };
  if (kind < 85)
    return { ...base, t: 'POST', c: 'A post of some length.', ...(n % 5 === 0 && { a: [FILE] }), _: `${n}` };
  if (kind < 95) return { ...base, t: 'MSG', c: `${n}`, p: conversation };
  return { ...base, t: n % 2 === 0 ? 'FLLW' : 'FLLW:DEL', aud: TENANT };
}
