import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportPublicKey, generateKeyPair } from '../src/protocol/keys.ts';
import { createToken } from '../src/protocol/token.ts';
import { type BenchResult, median } from './result.ts';

/** A few milliseconds are worth less than a build that one can trust. */
const TARGETS = { '--version': 1.3, 'verify-token --key': 2 };
const RUNS = 31;

/**
 * How long two short commands take, against a Node that does nothing. The runs alternate, so that what else the machine does
 * falls on all alike; the first run of each, which fills the code cache, isn't counted.
 */
export async function run(): Promise<BenchResult[]> {
  const directory = mkdtempSync(join(tmpdir(), 'cloudillo-bench-'));
  try {
    const { token, keyFile } = await signedToken(directory);
    const cli = 'bin/run.js';
    const commands = {
      floor: ['-e', '0'],
      '--version': [cli, '--version'],
      'verify-token --key': [cli, 'verify-token', token, '--key', keyFile],
    };
    const times = measure(commands, {
      PATH: process.env['PATH'],
      HOME: directory,
      XDG_CACHE_HOME: join(directory, 'cache'),
    });
    const floor = median(times.floor);
    return (['--version', 'verify-token --key'] as const).map((name) => {
      const value = median(times[name]);
      const ratio = value / floor;
      const target = TARGETS[name];
      return { name: `start-up: ${name}`, value, unit: 'ms', floor, ratio, target, ok: ratio <= target };
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function signedToken(directory: string) {
  const { privateKey, publicKey } = generateKeyPair();
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: 'alice.test', k: '260101', t: 'FLLW', aud: 'bob.test', iat };
  const keyFile = join(directory, 'key.pem');
  writeFileSync(keyFile, exportPublicKey(publicKey, 'pem'));
  return { token: await createToken(claims, privateKey), keyFile };
}

/** Milliseconds of each run of each command. */
function measure<N extends string>(commands: Record<N, string[]>, env: NodeJS.ProcessEnv): Record<N, number[]> {
  const names = Object.keys(commands) as N[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<N, number[]>;
  for (let index = -1; index < RUNS; index++) {
    for (const name of names) {
      const start = process.hrtime.bigint();
      const { status, stderr } = spawnSync(process.execPath, commands[name], { env, encoding: 'utf8' });
      const ms = Number(process.hrtime.bigint() - start) / 1e6;
      if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
      if (index >= 0) times[name].push(ms);
    }
  }
  return times;
}
