import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportPublicKey, generateKeyPair } from '../src/protocol/keys.ts';
import { createToken } from '../src/protocol/token.ts';
import { verificationsPerSecond } from './openssl-speed.ts';
import { type BenchResult, type Round, summarize } from './result.ts';

/** Enough that the start of the process, which counts, is a small part of the run. */
const TOKENS = 15_000;
const ROUNDS = 3;
const TARGET = 0.85;

/**
 * Tokens that `verify-token` checks in a second as a batch: a process of its own, from its start to its end, reading a file
 * and writing NDJSON to another. The floor is what all cores could verify in that time and do nothing else; both are measured in
 * turns, so that what else the machine does falls on both.
 */
export async function run(): Promise<BenchResult> {
  const directory = mkdtempSync(join(tmpdir(), 'cloudillo-bench-'));
  try {
    await writeInput(directory);
    batch(directory); // Fills the code cache.
    const rounds: Round[] = [];
    let before = await verificationsPerSecond();
    for (let round = 0; round < ROUNDS; round++) {
      const value = batch(directory);
      const after = await verificationsPerSecond();
      const floor = (before + after) / 2;
      rounds.push({ value, floor, ratio: value / floor });
      before = after;
    }
    const summary = summarize(rounds);
    const name = 'verify-token, a batch';
    return { name, unit: 'tokens/s', ...summary, target: TARGET, ok: summary.ratio >= TARGET };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function writeInput(directory: string): Promise<void> {
  const { privateKey, publicKey } = generateKeyPair();
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: 'alice.test', k: '260101', t: 'POST:TEXT', v: 'P', iat };
  const sign = (index: number) => createToken({ ...claims, c: `This is post number ${index}.` }, privateKey);
  const tokens = await Promise.all(Array.from({ length: TOKENS }, (_, index) => sign(index)));
  writeFileSync(join(directory, 'tokens'), `${tokens.join('\n')}\n`);
  writeFileSync(join(directory, 'key.pem'), exportPublicKey(publicKey, 'pem'));
}

/** Runs one batch. @returns tokens a second */
function batch(directory: string): number {
  const input = openSync(join(directory, 'tokens'), 'r');
  const output = openSync(join(directory, 'reports'), 'w');
  const args = ['bin/run.js', 'verify-token', '--key', join(directory, 'key.pem'), '--json', '--quiet'];
  const env = { PATH: process.env['PATH'], HOME: directory, XDG_CACHE_HOME: join(directory, 'cache') };
  const start = process.hrtime.bigint();
  const { status } = spawnSync(process.execPath, args, { env, stdio: [input, output, 'inherit'] });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  closeSync(input);
  closeSync(output);
  const valid = readFileSync(join(directory, 'reports'), 'utf8').split('{"line":').length - 1;
  if (status !== 0 || valid !== TOKENS) throw new Error(`verify-token ended with ${status} after ${valid} reports`);
  return TOKENS / seconds;
}
