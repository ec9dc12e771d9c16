import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, issueCertificate } from '../src/sandbox/certificates/authority.ts';
import { initInstance } from '../src/services/home/init.ts';
import { systemClock } from '../src/services/runtime/system-clock.ts';
import { type BenchServer, serveHome } from './bench-server.ts';
import { comments, commentsOn, HOST, inboxRequest, type Peers, preparePeers, TENANT } from './inbox-tokens.ts';
import { type LoadGenerator, startLoad } from './load-generator.ts';
import { verificationsPerSecond } from './openssl-speed.ts';
import { type BenchResult, type Round, summarize } from './result.ts';

/** Until the server's code is compiled: this measures a server that runs, not one that starts. */
const WARM_UP = 8_000;
const ROUNDS = 5;
const TOKENS = 4_000;
const FLOOR_SECONDS = 2;
const CONNECTIONS = 64;

/** What is measured: its name and target. All but the first are held against the first of the same round. */
const LINES = {
  many: ['inbox: verified and durable', 0.75],
  one: ['inbox: of one issuer, beside many', 0.6],
  post: ['inbox: comments on one post, beside many', 0.4],
  tls: ['inbox: over TLS, beside plain', 0.6],
} as const;

type Line = keyof typeof LINES;

/** Tokens of a round. */
type Tokens = Record<Line, string[]>;

/**
 * Actions that the inbox verifies and stores durably in a second, over HTTP, against the signatures that all cores could
 * verify in that time (`openssl speed`, before and after each round). The load generator runs on the same cores.
 * A burst of one issuer, comments on one post of the tenant's, and TLS are held against the same from many, in turns.
 */
export async function run(): Promise<BenchResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'cloudillo-bench-'));
  try {
    const home = join(folder, 'home');
    await initInstance({ home, clock: systemClock }, { idTag: TENANT });
    const peers = await preparePeers(home);
    const overTls = join(folder, 'home-tls');
    await cp(home, overTls, { recursive: true });
    const certificate = await writeCertificate(folder);
    const plain = await serveHome(home, ['--plain-http']);
    const secure = await serveHome(overTls, ['--tls-cert', certificate.chain, '--tls-key', certificate.key]);
    const rounds = await measure(folder, peers, plain, secure, certificate.ca);
    return (Object.keys(LINES) as Line[]).map((line) => resultOf(line, rounds[line]));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function resultOf(line: Line, rounds: Round[]): BenchResult {
  const [name, target] = LINES[line];
  const summary = summarize(rounds);
  return { name, unit: 'actions/s', ...summary, target, ok: summary.ratio >= target };
}

async function writeCertificate(folder: string): Promise<{ ca: string; chain: string; key: string }> {
  const authority = await createAuthority(new Date());
  const server = await issueCertificate(authority, [HOST], new Date());
  const files = { ca: join(folder, 'ca.pem'), chain: join(folder, 'chain.pem'), key: join(folder, 'key.pem') };
  await writeFile(files.ca, authority.certificate);
  await writeFile(files.chain, server.certificate);
  await writeFile(files.key, server.key, { mode: 0o600 });
  return files;
}

async function measure(
  folder: string,
  peers: Peers,
  plain: BenchServer,
  secure: BenchServer,
  ca: string,
): Promise<Record<Line, Round[]>> {
  const to = { connections: CONNECTIONS, host: HOST };
  const file = join(folder, 'requests.ndjson');
  const overHttp = startLoad({ ...to, port: plain.port }, file);
  const overTls = startLoad({ ...to, port: secure.port, ca }, file);
  try {
    const warmUp = await comments(peers.issuers, WARM_UP);
    for (const generator of [overHttp, overTls]) await load(generator, warmUp);
    const rounds: Record<Line, Round[]> = { many: [], one: [], post: [], tls: [] };
    let before = await verificationsPerSecond(FLOOR_SECONDS);
    for (let round = 0; round < ROUNDS; round += 1) {
      const tokens = await tokensOf(peers);
      const value = await load(overHttp, tokens.many);
      for (const line of ['one', 'post', 'tls'] as const) {
        const beside = await load(line === 'tls' ? overTls : overHttp, tokens[line]);
        rounds[line].push({ value: beside, floor: value, ratio: beside / value });
      }
      const after = await verificationsPerSecond(FLOOR_SECONDS);
      const floor = (before + after) / 2;
      rounds.many.push({ value, floor, ratio: value / floor });
      before = after;
    }
    return rounds;
  } finally {
    for (const generator of [overHttp, overTls]) generator.end();
    for (const server of [plain, secure]) await server.stop();
  }
}

async function tokensOf({ issuers, post }: Peers): Promise<Tokens> {
  return {
    many: await comments(issuers, TOKENS),
    one: await comments(issuers.slice(0, 1), TOKENS),
    post: await commentsOn(post, issuers, TOKENS),
    tls: await comments(issuers, TOKENS),
  };
}

/** @returns actions a second, every one of them accepted */
function load(generator: LoadGenerator, tokens: string[]): Promise<number> {
  return generator.load(tokens.map(inboxRequest), 202);
}
