import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BesideBare, besideBare } from './beside-bare.ts';
import { comments, HOST, inboxRequest, preparePeers } from './inbox-tokens.ts';
import { startLoad } from './load-generator.ts';
import { residentMegabytes } from './process-facts.ts';
import type { BenchResult } from './result.ts';

const ACTIONS = 4_000;
const CONNECTIONS = 64;
/** What is garbage may be collected until then. Milliseconds. */
const REST = 10_000;
const TARGET = 1.6;

/** The server's resident memory some time after its 4,000th action, beside that of a bare Fastify that was sent the same requests. */
export async function run(): Promise<BenchResult> {
  const [value, floor] = await besideBare('warn', tokensFor, measure);
  const ratio = value / floor;
  return { name: 'memory: after 4,000 actions', unit: 'MB', value, floor, ratio, target: TARGET, ok: ratio <= TARGET };
}

async function tokensFor(home: string): Promise<string[]> {
  const { issuers } = await preparePeers(home);
  return (await comments(issuers, ACTIONS)).map(inboxRequest);
}

/** @returns megabytes of our server, and of the bare one */
async function measure({ folder, ours, bare }: BesideBare, requests: readonly string[]): Promise<[number, number]> {
  for (const { port } of [ours, bare]) {
    const generator = startLoad({ port, connections: CONNECTIONS, host: HOST }, join(folder, 'requests.ndjson'));
    await generator.load(requests, 202);
    generator.end();
  }
  await sleep(REST);
  return [residentMegabytes(ours.pid), residentMegabytes(bare.pid)];
}
