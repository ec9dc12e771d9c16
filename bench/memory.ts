import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { initInstance } from '../src/services/home/init.ts';
import { systemClock } from '../src/services/runtime/system-clock.ts';
import { type BenchServer, serveHome, serveScript } from './bench-server.ts';
import { comments, HOST, inboxRequest, preparePeers, TENANT } from './inbox-tokens.ts';
import { startLoad } from './load-generator.ts';
import { processFacts } from './process-facts.ts';
import type { BenchResult } from './result.ts';

const ACTIONS = 4_000;
const CONNECTIONS = 64;
/** What is garbage may be collected until then. Milliseconds. */
const REST = 10_000;
const TARGET = 1.6;

/** The server's resident memory some time after its 4,000th action, beside that of a bare Fastify that was sent the same requests. */
export async function run(): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'cloudillo-bench-'));
  const servers: BenchServer[] = [];
  try {
    const home = join(folder, 'home');
    await initInstance({ home, clock: systemClock }, { idTag: TENANT });
    const { issuers } = await preparePeers(home);
    const requests = (await comments(issuers, ACTIONS)).map(inboxRequest);
    const empty = join(folder, 'empty');
    await writeFile(empty, '');
    const ours = await serveHome(home, ['--plain-http']);
    servers.push(ours);
    const bare = await serveScript('bench/me-bare.js', empty);
    servers.push(bare);
    for (const { port } of servers) {
      const generator = startLoad({ port, connections: CONNECTIONS, host: HOST }, join(folder, 'requests.ndjson'));
      await generator.load(requests, 202);
      generator.end();
    }
    await sleep(REST);
    const [value, floor] = [ours, bare].map(({ pid }) => processFacts(pid).megabytes) as [number, number];
    const ratio = value / floor;
    return {
      name: 'memory: after 4,000 actions',
      unit: 'MB',
      value,
      floor,
      ratio,
      target: TARGET,
      ok: ratio <= TARGET,
    };
  } finally {
    for (const server of servers) await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
