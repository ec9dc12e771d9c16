import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contentId } from '../src/protocol/content-id.ts';
import { encodeCursor } from '../src/protocol/cursor.ts';
import { type ActionClaims, createToken } from '../src/protocol/token.ts';
import { type BenchResult, median } from './result.ts';
import { PEER, stallApp, VIDEO_BYTES } from './stalls-app.ts';
import { compactions } from './stalls-compaction.ts';
import { FILE, LARGE, stallStore, TENANT } from './stalls-store.ts';
import { watchStretches } from './stretches.ts';

const ACTIONS = Number(process.env['BENCH_STALLS_ACTIONS'] ?? 1_000_000);
/** Of which requests: a regular expression. Default: of all. */
const ONLY = new RegExp(process.env['BENCH_STALLS_ONLY'] ?? '');
/** Each request is sent so many times; a busy machine makes some of them slower, so that the median counts. */
const ROUNDS = 11;
/** A crowd takes longer. */
const CROWD_ROUNDS = 5;
/** Milliseconds: what nobody notices who waits for an answer. */
const LIMIT = 20;

/** The line that no request belongs to. */
const COMPACTION = 'a compaction of 100,000 actions while guests read';

/** A request that a stranger may send. */
interface Kind {
  name: string;
  /** Of the n-th time. */
  request: (n: number) => string | Promise<string>;
  /** The status that it is answered with. */
  status: number;
  /** How many clients send it at the same moment; one by default. */
  together?: number | undefined;
}

type App = Awaited<ReturnType<typeof stallApp>>;

/**
 * How long the event loop of a server with a million actions is at one thing, whatever a stranger asks: between two turns, in which others
 * would be answered. Collections of garbage in it aren't counted; they are shown by `--json` as the rest of the spread.
 */
export async function run(): Promise<BenchResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'cloudillo-bench-'));
  const app = await stallApp(join(folder, 'home'), (home) => stallStore(home, ACTIONS));
  const load = fork('bench/stalls-load.js', [String(app.port)]);
  try {
    await once(load, 'message');
    const results: BenchResult[] = [];
    const kinds = [...reads(app), ...(await bodies(app)), ...files(app), ...frames(app), ...(await crowds(app))];
    for (const kind of kinds.filter(({ name }) => ONLY.test(name))) results.push(await measure(load, kind));
    if (ONLY.test(COMPACTION)) results.push(stallResult(COMPACTION, await compactions(join(folder, 'compacted'))));
    return results;
  } finally {
    load.kill();
    await app.app.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(load: ChildProcess, { name, request, status, together = 1 }: Kind): Promise<BenchResult> {
  const stretches: number[] = [];
  const rounds = together > 1 ? CROWD_ROUNDS : ROUNDS;
  for (let round = 0; round < rounds; round += 1) {
    const bytes = Buffer.from(await request(round), 'latin1').toString('base64');
    // Before the watch begins: to hand a megabyte to another process takes some milliseconds, and no answer comes in this turn.
    load.send({ bytes, together });
    const watch = watchStretches();
    const [answered] = await once(load, 'message');
    stretches.push(watch.longest());
    if (answered !== status) throw new Error(`${name} was answered ${answered}, not ${status}`);
  }
  return stallResult(name, stretches);
}

function stallResult(name: string, stretches: number[]): BenchResult {
  const value = median(stretches);
  const ratios = stretches.map((ms) => ms / LIMIT);
  return {
    name: `stalls: ${name}`,
    value,
    unit: 'ms',
    floor: LIMIT,
    ratio: value / LIMIT,
    spread: [Math.min(...ratios), Math.max(...ratios)],
    target: 1,
    ok: value <= LIMIT,
  };
}

const HOST = `Host: cl-o.${TENANT}\r\nConnection: close\r\n`;

function get(path: string, bearer?: string, headers = ''): string {
  return `GET ${path} HTTP/1.1\r\n${HOST}${bearer === undefined ? '' : `Authorization: Bearer ${bearer}\r\n`}${headers}\r\n`;
}

function post(path: string, body: string): string {
  const length = Buffer.byteLength(body, 'latin1');
  return `POST ${path} HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`;
}

function reads({ popular, conversation, stranger, peer, follower }: App): Kind[] {
  const list = (query: string, bearer?: string) => () => get(`/api/actions?${query}`, bearer);
  const middle = encodeCursor({
    createdAt: 1_700_000_000 + Math.floor(ACTIONS / 6),
    actionId: contentId('a1', 'gone'),
  });
  const subjects = Array.from({ length: 80 }, (_, n) => contentId('a1', `${n}`)).join(',');
  const kinds: [string, () => string, number?][] = [
    ['a guest, the first question', list('issuer=person1.example.com&type=POST')],
    ['a guest’s count', list('count=true')],
    ['a guest’s count of a type', list('count=true&type=POST')],
    ['a guest’s count by time', list('count=true&createdBefore=1700100000')],
    ['a guest’s count of what one has a part in', list('count=true&involved=nobody.example.com')],
    ['a guest’s count of a wall’s type', list('count=true&audienceType=community')],
    ['a guest’s count of many subjects', list(`count=true&subject=${subjects}`)],
    ['a guest’s count of a thread', list(`count=true&rootId=${popular}`)],
    ['a guest’s page', list('limit=100')],
    ['a guest’s page that has nothing', list('involved=nobody.example.com')],
    ['a guest’s page of answers', list(`parentId=${popular}`)],
    ['a guest’s page of answers, oldest first', list(`parentId=${popular}&sortDir=asc`)],
    ['a guest’s page in a thread', list(`rootId=${popular}&cursor=${middle}`)],
    ['a guest’s page of reactions', list(`subject=${popular}&limit=100`)],
    ['a guest’s page of the largest', list(`issuer=${LARGE}&limit=100&includeTokens=true`)],
    ['a stranger’s count', list('count=true', stranger)],
    ['a stranger’s count by another’s', list('count=true&involved=nobody.example.com', stranger)],
    ['a stranger’s page', list('limit=100', stranger)],
    ['a stranger’s page that has nothing', list('involved=nobody.example.com', stranger)],
    ['a stranger’s page of a conversation', list(`parentId=${conversation}`, stranger)],
    ['a stranger’s page of what is not its own', list('excludeOwnIssuer=true&type=CONV', stranger)],
    ['a follower’s count', list('count=true', peer)],
    ['a follower’s count by time', list('count=true&createdAfter=1', follower)],
    ['a follower’s page that has nothing', list('involved=nobody.example.com', peer)],
    ['a follower’s outbox', () => get('/api/outbox', peer)],
    ['one action', () => get(`/api/actions/${popular}`)],
    ['an action that isn’t here', () => get(`/api/actions/${contentId('a1', 'x')}`), 404],
    ['a file that many attach', () => get(`/api/files/${FILE}/metadata`), 404],
    ['the profile', () => get('/api/me')],
    ['the API’s description', () => get('/api/openapi.json')],
    ['a path of dots', () => get(`/${'../'.repeat(4_000)}`), 404],
    ['a query of many parameters', () => get(`/api/actions?${'a=1&'.repeat(3_000)}`), 400],
    ['many headers', () => get('/api/me', undefined, 'X: y\r\n'.repeat(2_000)), 431],
    ['a long bearer', () => get('/api/actions', 'x.'.repeat(7_000)), 401],
    [
      'a PROXY token of noughts',
      () => get(`/api/auth/access-token?token=${'A'.repeat(5_000)}.${'A'.repeat(5_000)}.A`),
      400,
    ],
  ];
  return kinds.map(([name, request, status = 200]) => ({ name, request, status }));
}

const MIB = 1024 * 1024;

/** As many pieces as fit into so many bytes. */
function filled(start: string, piece: string, bytes: number, end: string): string {
  return start + piece.repeat(Math.floor((bytes - start.length - end.length) / piece.length)) + end;
}

async function bodies({ privateKey, popular }: App): Promise<Kind[]> {
  const iat = () => Math.floor(Date.now() / 1000);
  const sign = (claims: Partial<ActionClaims>) =>
    createToken({ iss: PEER, k: '260101', t: 'POST', iat: iat(), c: 'x', ...claims } as ActionClaims, privateKey);
  const inbox = async (claims: Partial<ActionClaims>, related?: string[]) =>
    post('/api/inbox', JSON.stringify({ token: await sign(claims), ...(related && { related }) }));
  const files = Array.from({ length: 8_000 }, (_, n) => contentId('f1', `${n}`));
  const unknown = (piece: string, last: string, bytes = 1.5 * MIB) =>
    filled('{"token":"x","x":[', piece, bytes, `${last}]}`);
  const large = await sign({ c: 'x', x: 'x'.repeat(360_000) });
  const kinds: [string, (n: number) => string | Promise<string>, number][] = [
    ['a body of empty arrays', () => post('/api/inbox', unknown('[],', '[]')), 400],
    ['a body of numbers', () => post('/api/inbox', unknown('1,', '1')), 400],
    ['a body of brackets', () => post('/api/inbox', '['.repeat(1.5 * MIB)), 400],
    ['a body of text', () => post('/api/inbox', filled('{"token":"x","x":"', '\u00c3\u00a9', 1.5 * MIB, '"}')), 400],
    ['a body of escapes', () => post('/api/inbox', filled('{"token":"x","x":"', '\\u00e9', 1.5 * MIB, '"}')), 400],
    ['a token of escapes', () => post('/api/inbox', filled('{"token":"', '\\u00e9', 1.5 * MIB, '"}')), 400],
    ['a token of dots', () => post('/api/inbox', filled('{"token":"', '.', MIB / 2, '"}')), 400],
    ['a login of empty arrays', () => post('/api/auth/login', unknown('[],', '[]', 64 * 1024)), 400],
    ['an action', (n) => inbox({ c: `Number ${n}` }), 202],
    ['an answer to the post that everybody answers', (n) => inbox({ t: 'CMNT', p: popular, c: `${n}` }), 202],
    ['the largest action', (n) => inbox({ c: `${n}`, x: 'x'.repeat(380_000) }), 202],
    ['an action of many values', (n) => inbox({ c: `${n}`, x: Array(9_900).fill([]) }), 202],
    ['an action of many attachments', (n) => inbox({ c: `${n}`, a: files }), 202],
    [
      'the largest that come along',
      (n) => inbox({ t: 'REPOST', c: `${n}`, sub: popular, aud: TENANT }, [large, large]),
      202,
    ],
    ['64 that come along', (n) => inbox({ c: `${n}` }, Array(64).fill(large.slice(0, 15_000))), 202],
  ];
  return kinds.map(([name, request, status]) => ({ name, request, status }));
}

/** A file of 32 MiB, whole and in parts. */
function files({ video }: App): Kind[] {
  const path = `/api/files/${video}`;
  const range = (value: string) => () => get(path, undefined, `Range: bytes=${value}\r\n`);
  const many = Array.from({ length: 1_500 }, (_, n) => `${n}-${n}`).join(',');
  const kinds: [string, () => string, number][] = [
    ['a whole file', () => get(path), 200],
    ['the first byte of a file', range('0-0'), 206],
    ['the second half of a file', range(`${VIDEO_BYTES / 2}-`), 206],
    ['the end of a file', range('-1000000'), 206],
    ['a part behind the end of a file', range(`${VIDEO_BYTES}-`), 416],
    ['1,500 parts of a file', range(many), 200],
    ['the head of a file', () => get(path).replace('GET', 'HEAD'), 200],
  ];
  return kinds.map(([name, request, status]) => ({ name, request, status }));
}

/** So many clients at once. */
const CROWD = 100;
/** So many where each asks for a look at a million rows, or sends half a megabyte. */
const FEW = 16;

/** Requests of many clients at the same moment. */
async function crowds(app: App): Promise<Kind[]> {
  const { popular, stranger, privateKey } = app;
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: PEER, k: '260101', t: 'POST', iat, c: 'x', x: 'x'.repeat(360_000) };
  const large = post('/api/inbox', JSON.stringify({ token: await createToken(claims as ActionClaims, privateKey) }));
  const kinds: [string, string, number, number?][] = [
    ['16 counts at once', get('/api/actions?count=true&createdAfter=1', stranger), 200, FEW],
    ['16 readers of the post that everybody answers', get(`/api/actions/${popular}`), 200, FEW],
    ['100 pages at once', get('/api/actions?limit=100'), 200],
    ['100 of what isn’t here', get(`/api/files/${FILE}`), 404],
    ['16 large actions at once', large, 202, FEW],
    ['100 large bodies of nothing', post('/api/inbox', filled('{"token":"x","x":[', '1,', MIB / 4, '1]}')), 400],
  ];
  return kinds.map(([name, request, status, together = CROWD]) => {
    return { name, request: () => request, status, together };
  });
}

const TEXT = 0x81;
const FRAME_BYTES = 64 * 1024;

/** A frame of a client, masked with zeros, as text of its bytes. */
function frame(first: number, payload: string): string {
  const { length } = payload;
  const size = Buffer.alloc(length < 126 ? 1 : length < 0x10000 ? 3 : 9);
  if (length < 126) size[0] = 0x80 | length;
  else if (length < 0x10000) size.writeUInt16BE(length, 1);
  else size.writeUInt32BE(length, 5);
  if (length >= 126) size[0] = length < 0x10000 ? 0xfe : 0xff;
  return `${String.fromCharCode(first)}${size.toString('latin1')}\0\0\0\0${payload}`;
}

/** Frames of the WebSocket, of a stranger that has signed in. */
function frames({ stranger }: App): Kind[] {
  const head =
    `GET /ws/bus?token=${stranger} HTTP/1.1\r\nHost: cl-o.${TENANT}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';
  const end = frame(0x88, '');
  const command = (piece: string, last: string) => filled('{"id":"1","cmd":"x","x":[', piece, FRAME_BYTES, `${last}]}`);
  const kinds: [string, string][] = [
    ['a frame of brackets', frame(TEXT, '['.repeat(FRAME_BYTES))],
    ['a frame of numbers', frame(TEXT, command('1,', '1'))],
    ['a frame of empty arrays', frame(TEXT, command('[],', '[]'))],
    ['a frame of escapes', frame(TEXT, filled('{"id":"', '\\u00e9', FRAME_BYTES, '","cmd":"x"}'))],
    ['100 of the largest frames', frame(TEXT, command('[],', '[]')).repeat(100)],
    ['200 commands at once', frame(TEXT, '{"id":"1","cmd":"ping"}').repeat(200)],
    ['50,000 pings at once', frame(0x89, '').repeat(50_000)],
    ['50,000 binary frames at once', frame(0x82, '').repeat(50_000)],
    ['a frame of 50,000 pieces', frame(0x01, '') + frame(0x00, '').repeat(50_000) + frame(0x80, '')],
    ['a frame that is too large', frame(TEXT, 'x'.repeat(FRAME_BYTES + 1))],
  ];
  return kinds.map(([name, sent]) => ({ name, request: () => head + sent + end, status: 101 }));
}
