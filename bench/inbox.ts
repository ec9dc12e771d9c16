import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { actionId } from '../src/protocol/content-id.ts';
import { exportPublicKey, generateKeyPair } from '../src/protocol/keys.ts';
import { createToken } from '../src/protocol/token.ts';
import { initInstance } from '../src/services/init.ts';
import { openKeyCache } from '../src/store/key-cache.ts';
import { verificationsPerSecond } from './openssl-speed.ts';

const exec = promisify(execFile);

const ISSUERS = 200;
const TOKENS = 12_000;
const WARM_UP = 2_000;
const CONNECTIONS = 64;
const TARGET = 0.75;
const TENANT = 'alice.test';

/**
 * Actions that the inbox verifies and stores durably in a second, over HTTP, against the signatures that all cores could
 * verify in that time (`openssl speed`, before and after). The load generator runs on the same cores.
 */
export async function run() {
  const home = await mkdtemp(join(tmpdir(), 'cloudillo-bench-'));
  try {
    await initInstance({ home: join(home, 'home'), clock: Date.now }, { idTag: TENANT });
    const tokens = await signTokens(join(home, 'home'));
    const before = await verificationsPerSecond();
    const value = await measure(join(home, 'home'), home, tokens);
    const floor = (before + (await verificationsPerSecond())) / 2;
    const ratio = value / floor;
    return {
      name: 'inbox: verified and durable',
      value,
      unit: 'actions/s',
      floor,
      ratio,
      target: TARGET,
      ok: ratio >= TARGET,
    };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** Distinct comments by many issuers, whose keys the home has fetched before. */
async function signTokens(home: string): Promise<string[]> {
  const cache = await openKeyCache(home);
  const keys = Array.from({ length: ISSUERS }, (_, index) => ({ iss: `peer-${index}.test`, ...generateKeyPair() }));
  for (const { iss, publicKey } of keys) {
    const published = [{ keyId: '260101', publicKey: exportPublicKey(publicKey, 'wire') }];
    cache.put({ idTag: iss, name: iss, type: 'person', keys: published, fetchedAt: Date.now() });
  }
  await cache.close();
  const iat = Math.floor(Date.now() / 1000);
  const p = actionId('a post that everybody answers');
  const claims = (index: number) => ({ k: '260101', t: 'CMNT', c: `Comment number ${index}`, p, aud: TENANT, iat });
  return Promise.all(
    Array.from({ length: TOKENS + WARM_UP }, (_, index) => {
      const { iss, privateKey } = keys[index % ISSUERS] as (typeof keys)[number];
      return createToken({ iss, ...claims(index) }, privateKey);
    }),
  );
}

async function measure(home: string, folder: string, tokens: string[]): Promise<number> {
  const flags = ['serve', '--home', home, '--plain-http', '--port', '0', '--json', '--quiet', '--no-rate-limits'];
  const server = spawn(process.execPath, ['bin/run.js', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, CLOUDILLO_LOG_LEVEL: 'warn' },
  });
  try {
    const [line] = (await once(createInterface(server.stdout), 'line')) as [string];
    const { port } = JSON.parse(line) as { port: number };
    await load(port, folder, tokens.slice(0, WARM_UP));
    const { seconds, accepted, other, firstOther } = await load(port, folder, tokens.slice(WARM_UP));
    if (other > 0) throw new Error(`${other} of ${accepted + other} were not accepted: ${firstOther}`);
    return accepted / seconds;
  } finally {
    server.kill('SIGTERM');
    if (server.exitCode === null) await once(server, 'exit');
  }
}

async function load(port: number, folder: string, tokens: string[]) {
  const file = join(folder, 'requests.ndjson');
  await writeFile(file, tokens.map((token) => JSON.stringify(request(token))).join('\n'));
  const { stdout } = await exec(process.execPath, ['bench/inbox-load.js', String(port), String(CONNECTIONS), file]);
  return JSON.parse(stdout) as { seconds: number; accepted: number; other: number; firstOther: string };
}

function request(token: string): string {
  const body = JSON.stringify({ token });
  const headers = `Host: cl-o.${TENANT}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  return `POST /api/inbox HTTP/1.1\r\n${headers}\r\n\r\n${body}`;
}
