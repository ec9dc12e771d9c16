import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { decodeToken } from '../src/protocol/token.ts';
import { createAuthority, issueCertificate } from '../src/sandbox/certificates/authority.ts';
import { initInstance } from '../src/services/home/init.ts';
import { createSigner } from '../src/services/keys/sign.ts';
import { systemClock } from '../src/services/runtime/system-clock.ts';
import { openFileStore } from '../src/store/engine/store.ts';
import { createIdentities } from '../src/store/identities/identities.ts';
import type { BenchResult } from './result.ts';

const FOLLOWERS = Number(process.env['BENCH_FOLLOWERS'] ?? 10_000);
const PARALLEL = 16;
const PER_CERTIFICATE = 100;
const TARGET = 0.7;
const TENANT = 'alice.test';

/** What a round needs. */
interface Setting {
  folder: string;
  ca: string;
  token: string;
  receiver: ChildProcess;
  port: number;
}

/**
 * One post to 10,000 followers on as many hosts, over HTTPS: a server that finds it in its queue, against a bare loop of
 * node-fetch that posts the same token to the same hosts, as many at a time; the receiver measures both, from the first request to
 * the last. Every host is a new connection and a TLS handshake for both; only the server looks names up, reads and
 * writes a journal.
 */
export async function run(): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'cloudillo-bench-'));
  let receiver: ChildProcess | undefined;
  try {
    const { certificates, ca } = await issueCertificates();
    await writeFile(
      join(folder, 'certificates.json'),
      JSON.stringify({ certificates, perCertificate: PER_CERTIFICATE }),
    );
    receiver = fork('bench/fan-out-receiver.js', [join(folder, 'certificates.json')]);
    const [{ port, dns }] = (await once(receiver, 'message')) as [{ port: number; dns: number }];
    await writeFile(join(folder, 'network.json'), JSON.stringify(networkOf(ca, port, dns)));
    const setting = { folder, ca, receiver, port, token: await queuePost(join(folder, 'home')) };
    return await compare(setting);
  } finally {
    receiver?.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare(setting: Setting): Promise<BenchResult> {
  // Half of the floor before and half after, so that what else the machine does falls on both.
  const half = FOLLOWERS / 2;
  const before = await bare(setting, 0, half);
  const { seconds, memory } = await served(setting);
  const after = await bare(setting, half, FOLLOWERS);
  const [value, floor] = [FOLLOWERS / seconds, FOLLOWERS / (before + after)];
  const ratio = value / floor;
  console.error(`  memory of the server: ${memory.join(' → ')} MB resident, from its start to its end`);
  return {
    name: `fan-out to ${FOLLOWERS} followers, ${PARALLEL} at a time`,
    value,
    unit: '/s',
    floor,
    ratio,
    target: TARGET,
    ok: ratio >= TARGET,
  };
}

async function issueCertificates() {
  const now = new Date();
  const authority = await createAuthority(now);
  const groups = Array.from({ length: FOLLOWERS / PER_CERTIFICATE }, (_, group) =>
    Array.from({ length: PER_CERTIFICATE }, (_, member) => `cl-o.f${group * PER_CERTIFICATE + member}.test`),
  );
  const issued = await Promise.all(groups.map((hosts) => issueCertificate(authority, hosts as [string], now)));
  return {
    ca: authority.certificate,
    certificates: issued.map(({ certificate, key }) => ({ cert: certificate, key })),
  };
}

function networkOf(ca: string, port: number, dns: number) {
  const names = Array.from({ length: FOLLOWERS }, (_, number) => [`f${number}.test`, `127.0.0.1:${port}`]);
  return { version: 1, dns: `127.0.0.1:${dns}`, ca, endpoints: Object.fromEntries(names) };
}

/** A home whose queue has one post for every follower. @returns its token */
async function queuePost(home: string): Promise<string> {
  const clock = systemClock;
  await initInstance({ home, clock }, { idTag: TENANT });
  const signer = createSigner({ identities: createIdentities(home), clock });
  const token = await signer.sign(TENANT, {
    t: 'POST',
    c: 'A post of some length, as people write them. '.repeat(4),
    v: 'F',
  });
  const { actionId } = decodeToken(token);
  const at = clock.wall();
  const to = Array.from({ length: FOLLOWERS }, (_, number) => `f${number}.test`);
  const store = await openFileStore(home);
  await store.append([
    { kind: 'action', tenant: TENANT, actionId, token, direction: 'out', receivedAt: at, status: 'A', visibility: 'F' },
    { kind: 'deliveries', tenant: TENANT, actionId, to, nextAt: at, at },
  ]);
  await store.close();
  return token;
}

/** @returns seconds from the first request to the last */
async function bare({ folder, ca, token, receiver, port }: Setting, from: number, to: number): Promise<number> {
  const task = join(folder, 'bare.json');
  await writeFile(task, JSON.stringify({ ca, port, token, from, to, parallel: PARALLEL }));
  const done = measured(receiver, to - from);
  const child = spawn(process.execPath, ['bench/fan-out-bare.js', task], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [seconds] = await Promise.all([done, once(child, 'exit')]);
  return seconds;
}

/** The same by a server, with its memory in MB: when it began, after each quarter of the time, at most. */
async function served({ folder, receiver }: Setting): Promise<{ seconds: number; memory: number[] }> {
  const home = join(folder, 'home');
  const flags = ['serve', '--home', home, '--plain-http', '--port', '0', '--json', '--quiet'];
  const done = measured(receiver, FOLLOWERS);
  const server = spawn(process.execPath, [...profiling(), 'bin/run.js', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      CLOUDILLO_LOG_LEVEL: 'warn',
      CLOUDILLO_NETWORK: join(folder, 'network.json'),
      CLOUDILLO_DELIVERY_CONCURRENCY: String(PARALLEL),
    },
  });
  try {
    await once(createInterface(server.stdout), 'line');
    const memory = [memoryOf(server, 'VmRSS')];
    const watch = setInterval(() => memory.push(memoryOf(server, 'VmRSS')), 2_000);
    const seconds = await Promise.race([done, endOf(server)]).finally(() => clearInterval(watch));
    const shown = [0, 0.25, 0.5, 0.75].map((part) => memory[Math.floor(part * memory.length)] as number);
    return { seconds, memory: [...shown, memoryOf(server, 'VmHWM')] };
  } finally {
    server.kill('SIGTERM');
    if (server.exitCode === null) await once(server, 'exit');
  }
}

/** Rejects when the server ends by itself: nobody would send what is waited for. */
async function endOf(server: ChildProcess): Promise<never> {
  const [code, signal] = await once(server, 'exit');
  throw new Error(`the server ended with ${code ?? signal}`);
}

/** Where to, `BENCH_CPU_PROF` says. */
function profiling(): string[] {
  const directory = process.env['BENCH_CPU_PROF'];
  return directory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${directory}`];
}

async function measured(receiver: ChildProcess, expect: number): Promise<number> {
  receiver.send({ expect });
  const [{ seconds, followers }] = (await once(receiver, 'message')) as [{ seconds: number; followers: number }];
  if (followers !== expect) throw new Error(`${followers} followers got it`);
  return seconds;
}

function memoryOf({ pid }: ChildProcess, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024);
}
