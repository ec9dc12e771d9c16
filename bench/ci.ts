import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchResult, type Round, summarize } from './result.ts';

/** Five programs start: the command, two servers, the follow and the expectation; and a key, a home and a certificate are made twice. */
const TARGET = 100;
const ROUNDS = 5;
const TEST = 'cloudillo follow bob.test -q && cloudillo expect FLLW --home "$SANDBOX_HOMES/bob.test" --since 1m';

/** The one line of a CI job: two instances, a follow, an expectation. The floor is a Node that does nothing, beside it. */
export async function run(): Promise<BenchResult> {
  const directory = mkdtempSync(join(tmpdir(), 'cloudillo-bench-'));
  const env = { PATH: process.env['PATH'], HOME: directory, XDG_CACHE_HOME: join(directory, 'cache') };
  const exec = ['bin/run.js', 'sandbox', 'exec', 'alice.test', 'bob.test', '--', 'sh', '-c', TEST];
  try {
    timed(exec, env); // fills the code cache
    const rounds = Array.from({ length: ROUNDS }, (): Round => {
      const floor = timed(['-e', '0'], env);
      const value = timed(exec, env);
      return { value, floor, ratio: value / floor };
    });
    const result = summarize(rounds);
    return {
      name: 'ci: two instances, a follow, an expectation',
      unit: 'ms',
      ...result,
      target: TARGET,
      ok: result.ratio <= TARGET,
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Milliseconds until the program has ended. */
function timed(words: string[], env: NodeJS.ProcessEnv): number {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, words, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${words[1] ?? words[0]} ended with ${status}: ${stderr}`);
  return Number(process.hrtime.bigint() - start) / 1e6;
}
