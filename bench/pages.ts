import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { actionId } from '../src/protocol/content-id.ts';
import { encodeCursor } from '../src/protocol/cursor.ts';
import { issueAccessToken } from '../src/services/auth/access-token.ts';
import { initInstance } from '../src/services/home/init.ts';
import { systemClock } from '../src/services/runtime/system-clock.ts';
import { UNSHARED } from '../src/store/home/fence.ts';
import { homePaths } from '../src/store/home/home.ts';
import { createIdentities } from '../src/store/identities/identities.ts';
import { FileJournal } from '../src/store/journal/file-journal.ts';
import { START } from '../src/store/journal/journal.ts';
import { eventsJson } from '../src/store/journal/record-line.ts';
import type { ActionEvent, JournalEvent } from '../src/store/model/events.ts';
import type { BenchResult } from './result.ts';

const TENANT = 'bob.test';
const FOLLOWER = 'follower.example.com';
const HEADER = 'eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzM4NCJ9';
const FIRST = 1_700_000_000;
const COUNT = Number(process.env['BENCH_PAGES_ACTIONS'] ?? 1_000_000);
const REQUESTS = 300;
const WARM_UP = 30;
/** A page reads its 20 records from disk, checks their hashes and builds views; the floor sends bytes. */
const TARGET_P50 = 30;
const TARGET_P99 = 30;
/** A count looks at some numbers of each row that may match: of a million, for the owner. */
const TARGET_COUNT = 200;

/**
 * `GET /api/actions` over a million stored actions, against Fastify that answers a page of the same bytes that was made before:
 * the middle and the slowest hundredth of 300 requests one after the other. Writes a gigabyte into `BENCH_DIR`.
 */
export async function run(): Promise<BenchResult[]> {
  const folder = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'cloudillo-bench-'));
  const home = join(folder, 'home');
  try {
    await initInstance({ home, clock: systemClock }, { idTag: TENANT });
    const popular = await fill(homePaths(home).journal);
    const [ours, port] = await start(process.execPath, [
      'bin/run.js',
      ...['serve', '--home', home, '--plain-http', '--port', '0', '--json', '--quiet', '--no-rate-limits'],
    ]);
    try {
      return await measureAll(home, folder, port, popular);
    } finally {
      await end(ours);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Case {
  name: string;
  /** The query of the n-th request. */
  query: (n: number) => string;
  bearer?: string;
  target?: number;
}

async function measureAll(home: string, folder: string, port: number, popular: string): Promise<BenchResult[]> {
  const deps = { identities: createIdentities(home), clock: systemClock };
  const owner = await issueAccessToken(deps, { tenant: TENANT, subject: TENANT, owner: true });
  const follower = await issueAccessToken(deps, { tenant: TENANT, subject: FOLLOWER, owner: false });
  const stranger = await issueAccessToken(deps, { tenant: TENANT, subject: 'stranger.example.com', owner: false });
  const seconds = Math.floor(COUNT / 3);
  const deep = (n: number) =>
    `?cursor=${encodeCursor({ createdAt: FIRST + ((n * 7919) % seconds), actionId: actionId(`${n}`) })}`;
  const cases: Case[] = [
    { name: 'owner', query: () => '', bearer: owner },
    { name: 'owner, deep cursor', query: deep, bearer: owner },
    { name: 'owner, a frequent type', query: () => '?type=CMNT', bearer: owner },
    { name: 'owner, a rare type', query: () => '?type=CONV', bearer: owner },
    { name: 'owner, one of 5,000 issuers', query: (n) => `?issuer=person${n}.example.com`, bearer: owner },
    { name: 'owner, answers to one of many', query: () => `?parentId=${popular}`, bearer: owner },
    { name: 'guest', query: () => '' },
    { name: 'guest, deep cursor', query: deep },
    { name: 'guest, one of 5,000 issuers', query: (n) => `?issuer=person${n}.example.com` },
    { name: 'follower', query: () => '', bearer: follower },
    { name: 'stranger', query: () => '', bearer: stranger },
    { name: 'owner, count', query: () => '?count=true', bearer: owner, target: TARGET_COUNT },
    { name: 'guest, count', query: () => '?count=true', target: TARGET_COUNT },
    { name: 'follower, count', query: () => '?count=true', bearer: follower, target: TARGET_COUNT },
  ];
  const results: BenchResult[] = [];
  for (const one of cases) results.push(...(await measure(one, folder, port)));
  return results;
}

async function measure({ name, query, bearer, target }: Case, folder: string, port: number): Promise<BenchResult[]> {
  const headers = { host: `cl-o.${TENANT}`, ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }) };
  const { body } = await ask(port, `/api/actions${query(0)}`, headers);
  const file = join(folder, 'page.json');
  await writeFile(file, body);
  const [bare, barePort] = await start(process.execPath, ['bench/pages-bare.js', file]);
  try {
    const ours = await times(port, query, headers);
    const floor = await times(barePort, query, headers);
    const rows = [
      { word: 'p50', of: 0.5, wanted: target ?? TARGET_P50 },
      { word: 'p99', of: 0.99, wanted: target ?? TARGET_P99 },
    ];
    return rows.map(({ word, of, wanted }) => {
      const [value, least] = [quantile(ours, of), quantile(floor, of)];
      const ratio = value / least;
      return {
        name: `pages: ${name}, ${word}`,
        value,
        unit: 'ms',
        floor: least,
        ratio,
        target: wanted,
        ok: ratio <= wanted,
      };
    });
  } finally {
    await end(bare);
  }
}

async function times(port: number, query: Case['query'], headers: Record<string, string>): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const taken: number[] = [];
  for (let n = 0; n < WARM_UP + REQUESTS; n += 1) {
    const start = performance.now();
    await ask(port, `/api/actions${query(n)}`, headers, agent);
    if (n >= WARM_UP) taken.push(performance.now() - start);
  }
  agent.destroy();
  return taken.sort((a, b) => a - b);
}

function quantile(sorted: readonly number[], of: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * of))] as number;
}

function ask(port: number, path: string, headers: Record<string, string>, agent?: Agent): Promise<{ body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers, ...(agent && { agent }) });
    sent.once('error', reject);
    sent.once('response', async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks).toString();
      if (response.statusCode === 200) resolve({ body });
      else reject(new Error(`${path}: ${response.statusCode} ${body}`));
    });
    sent.end();
  });
}

/** A child process and the port that its first line tells. */
async function start(command: string, words: string[]): Promise<[ChildProcess, number]> {
  const child = spawn(command, words, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, CLOUDILLO_LOG_LEVEL: 'warn' },
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const told = JSON.parse(line) as number | { port: number };
  return [child, typeof told === 'number' ? told : told.port];
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  if (child.exitCode === null) await once(child, 'exit');
}

/** @returns the ID of a post with many answers */
async function fill(directory: string): Promise<string> {
  const journal = await FileJournal.open({ directory, mark: START, segments: [], now: Date.now });
  const follower = { following: false, follower: true, connected: false, at: 1 };
  const relation: JournalEvent = { kind: 'relation', tenant: TENANT, peer: FOLLOWER, ...follower };
  await journal.append(UNSHARED, null, eventsJson([relation]), () => {});
  const popular = makeEvent(0, '', '');
  let recent = popular.actionId;
  for (let n = 0; n < COUNT; ) {
    const group: Promise<void>[] = [];
    for (const last = Math.min(COUNT, n + 4096); n < last; n += 1) {
      const event = n === 0 ? popular : makeEvent(n, recent, popular.actionId);
      if (n % 50 === 0) recent = event.actionId;
      group.push(journal.append(UNSHARED, null, eventsJson([event]), () => {}));
    }
    await Promise.all(group);
  }
  await journal.close();
  return popular.actionId;
}

/**
 * Of ten: two posts, two comments, five reactions and a follow, by 5,000 people. One in 500 is public, one in 100,000 a
 * conversation; one comment in ten answers the same post.
 */
function makeEvent(n: number, recent: string, popular: string): ActionEvent {
  const iss = `person${(n * 7919) % 5000}.example.com`;
  const base = { iss, k: '260101', iat: FIRST + Math.floor(n / 3) };
  const kind = n % 10;
  const claims =
    n % 100_000 === 99_990
      ? { ...base, t: 'CONV', c: { name: 'A conversation' } }
      : kind < 2
        ? { ...base, t: 'POST', c: 'A post of some length, as people write them. '.repeat(4) }
        : kind < 4
          ? { ...base, t: 'CMNT', c: 'A comment, which is shorter.', p: n % 100 === 2 ? popular : recent }
          : kind < 9
            ? { ...base, t: 'REACT:LIKE', sub: recent, c: `${n}` }
            : { ...base, t: n % 20 === 9 ? 'FLLW' : 'FLLW:DEL', aud: TENANT };
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  const token = `${HEADER}.${payload}.${randomBytes(96).toString('base64url')}`;
  const visibility = n % 500 === 0 ? 'P' : 'F';
  const [tenant, direction, status] = [TENANT, 'in', 'A'] as const;
  return { kind: 'action', tenant, actionId: actionId(token), token, direction, receivedAt: n, status, visibility };
}
