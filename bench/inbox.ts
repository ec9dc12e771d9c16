import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { actionId } from '../src/protocol/content-id.ts';
import { exportPublicKey, generateKeyPair } from '../src/protocol/keys.ts';
import { createToken } from '../src/protocol/token.ts';
import { initInstance } from '../src/services/home/init.ts';
import { systemClock } from '../src/services/runtime/system-clock.ts';
import { openKeyCache } from '../src/store/cache/key-cache.ts';
import { openFileStore } from '../src/store/engine/store.ts';
import { verificationsPerSecond } from './openssl-speed.ts';
import { type BenchResult, type Round, summarize } from './result.ts';

/** What `bench/inbox-load.js` writes. */
interface LoadReport {
  seconds: number;
  accepted: number;
  other: number;
  firstOther: string;
}

const ISSUERS = 200;
/** Until the server's code is compiled: this measures a server that runs, not one that starts. */
const WARM_UP = 8_000;
const ROUNDS = 5;
const TOKENS = 5_000;
const FLOOR_SECONDS = 2;
const CONNECTIONS = 64;
const TARGET = 0.75;
const TENANT = 'alice.test';

/** Of many issuers' at the same time, beside it. */
const ONE_ISSUER_TARGET = 0.6;

/**
 * Actions that the inbox verifies and stores durably in a second, over HTTP, against the signatures that all cores could
 * verify in that time (`openssl speed`, before and after each round). The load generator runs on the same cores.
 * A burst of one issuer is held against the same from many, in turns.
 */
export async function run(): Promise<BenchResult[]> {
  const home = await mkdtemp(join(tmpdir(), 'cloudillo-bench-'));
  try {
    await initInstance({ home: join(home, 'home'), clock: systemClock }, { idTag: TENANT });
    const tokens = await signTokens(join(home, 'home'));
    const { many, one } = await measure(join(home, 'home'), home, tokens);
    return [
      resultOf('inbox: verified and durable', many, TARGET),
      resultOf('inbox: of one issuer, beside many', one, ONE_ISSUER_TARGET),
    ];
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function resultOf(name: string, rounds: Round[], target: number): BenchResult {
  const summary = summarize(rounds);
  return { name, unit: 'actions/s', ...summary, target, ok: summary.ratio >= target };
}

/** Strangers have a quota. */
async function followAll(home: string, peers: { iss: string }[]): Promise<void> {
  const store = await openFileStore(home, { now: Date.now });
  const following = { following: true, follower: false, connected: false, at: Date.now() };
  await store.append(peers.map(({ iss }) => ({ kind: 'relation', tenant: TENANT, peer: iss, ...following }) as const));
  await store.close();
}

interface Tokens {
  many: string[];
  one: string[];
}

/** Distinct comments by many issuers, whose keys the home has fetched before, and by one of them. */
async function signTokens(home: string): Promise<Tokens> {
  const cache = await openKeyCache(home);
  const keys = Array.from({ length: ISSUERS }, (_, index) => ({ iss: `peer-${index}.test`, ...generateKeyPair() }));
  for (const { iss, publicKey } of keys) {
    const published = [{ keyId: '260101', publicKey: exportPublicKey(publicKey, 'wire') }];
    cache.put({ idTag: iss, name: iss, type: 'person', keys: published, fetchedAt: Date.now() });
  }
  await cache.close();
  await followAll(home, keys);
  const iat = Math.floor(Date.now() / 1000);
  const p = actionId('a post that everybody answers');
  const claims = (index: number) => ({ k: '260101', t: 'CMNT', c: `Comment number ${index}`, p, aud: TENANT, iat });
  const sign = (index: number, issuer: number) => {
    const { iss, privateKey } = keys[issuer] as (typeof keys)[number];
    return createToken({ iss, ...claims(index) }, privateKey);
  };
  const count = WARM_UP + ROUNDS * TOKENS;
  return {
    many: await Promise.all(Array.from({ length: count }, (_, index) => sign(index, index % ISSUERS))),
    one: await Promise.all(Array.from({ length: ROUNDS * TOKENS }, (_, index) => sign(count + index, 0))),
  };
}

async function measure(home: string, folder: string, { many, one }: Tokens): Promise<{ many: Round[]; one: Round[] }> {
  const flags = ['serve', '--home', home, '--plain-http', '--port', '0', '--json', '--quiet', '--no-rate-limits'];
  const server = spawn(process.execPath, ['bin/run.js', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      CLOUDILLO_LOG_LEVEL: 'warn',
    },
  });
  let generator: Generator | null = null;
  try {
    const [line] = (await once(createInterface(server.stdout), 'line')) as [string];
    const { port } = JSON.parse(line) as { port: number };
    generator = startGenerator(port, join(folder, 'requests.ndjson'));
    await generator.load(many.slice(0, WARM_UP));
    const rounds: { many: Round[]; one: Round[] } = { many: [], one: [] };
    let before = await verificationsPerSecond(FLOOR_SECONDS);
    for (let from = 0; from < one.length; from += TOKENS) {
      const value = await generator.load(many.slice(WARM_UP + from, WARM_UP + from + TOKENS));
      const burst = await generator.load(one.slice(from, from + TOKENS));
      rounds.one.push({ value: burst, floor: value, ratio: burst / value });
      const after = await verificationsPerSecond(FLOOR_SECONDS);
      const floor = (before + after) / 2;
      rounds.many.push({ value, floor, ratio: value / floor });
      before = after;
    }
    return rounds;
  } finally {
    generator?.end();
    server.kill('SIGTERM');
    if (server.exitCode === null) await once(server, 'exit');
  }
}

interface Generator {
  /** @returns actions a second, every one of them accepted */
  load: (tokens: string[]) => Promise<number>;
  end: () => void;
}

function startGenerator(port: number, file: string): Generator {
  const args = ['bench/inbox-load.js', String(port), String(CONNECTIONS)];
  const { stdin, stdout } = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const reports = createInterface(stdout)[Symbol.asyncIterator]();
  return {
    async load(tokens) {
      await writeFile(file, tokens.map((token) => JSON.stringify(request(token))).join('\n'));
      stdin.write(`${file}\n`);
      const { value, done } = await reports.next();
      if (done) throw new Error('the load generator ended');
      const { seconds, accepted, other, firstOther } = JSON.parse(value) as LoadReport;
      if (other > 0) throw new Error(`${other} of ${accepted + other} were not accepted: ${firstOther}`);
      return accepted / seconds;
    },
    end: () => stdin.end(),
  };
}

function request(token: string): string {
  const body = JSON.stringify({ token });
  const headers = `Host: cl-o.${TENANT}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  return `POST /api/inbox HTTP/1.1\r\n${headers}\r\n\r\n${body}`;
}
