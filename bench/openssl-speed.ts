import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';

/** P-384 signatures that all cores together verify in a second, by OpenSSL's own measure. */
export async function verificationsPerSecond(seconds = 3): Promise<number> {
  const cores = String(availableParallelism());
  const args = ['speed', '-seconds', String(seconds), '-multi', cores, 'ecdsap384'];
  const { stdout } = await promisify(execFile)('openssl', args);
  const rate = Number(stdout.trim().split(/\s+/).at(-1));
  if (!(rate > 0)) throw new Error(`openssl speed said: ${stdout}`);
  return rate;
}
