import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exportPublicKey, generateKeyPair } from '../../src/protocol/keys.ts';
import { createToken } from '../../src/protocol/token.ts';
import { PROJECT_ROOT, temporaryDirectory } from '../support/run-cli.ts';

/** Node's own modules that a process has loaded when it ends. */
function loadedBy(directory: string, args: readonly string[]): string[] {
  const listing = join(directory, 'listing.cjs');
  writeFileSync(listing, `process.once('exit', () => process.stderr.write(process.moduleLoadList.join('\\n')));`);
  const env = { PATH: process.env['PATH'], HOME: directory };
  const script = `exec "$0" "$@" 2>&1 >/dev/null`;
  const listed = execFileSync('sh', ['-c', script, process.execPath, '--require', listing, ...args], {
    env,
    encoding: 'utf8',
  });
  return listed.split('\n').map((line) => line.replace(/^NativeModule /, ''));
}

it('of a short command loads nothing of Node that takes long and that it does not need', async () => {
  const directory = temporaryDirectory();
  const { privateKey, publicKey } = generateKeyPair();
  const iat = Math.floor(Date.now() / 1000);
  const token = await createToken({ iss: 'alice.test', k: '260101', t: 'FLLW', aud: 'bob.test', iat }, privateKey);
  const key = join(directory, 'key.pem');
  writeFileSync(key, exportPublicKey(publicKey, 'pem'));
  const bare = new Set(loadedBy(directory, ['-e', '0']));
  const command = [join(PROJECT_ROOT, 'bin/run.js'), 'verify-token', token, '--key', key];
  for (const run of ['the first, which compiles', 'the next, with kept code']) {
    const more = loadedBy(directory, command).filter((name) => !bare.has(name));
    expect(more, run).toContain('crypto');
    const slow = ['zlib', 'fs/promises', 'http', 'https', 'net', 'tls', 'dns', 'worker_threads', 'readline'];
    expect(more.filter((name) => slow.includes(name))).toEqual([]);
  }
}, 60_000);
