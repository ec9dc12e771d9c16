import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { childScript } from '../../support/child-process.ts';
import { temporaryDirectory } from '../../support/run-cli.ts';

const script = childScript('federation/children/no-descriptors.ts');

it.skipIf(process.platform === 'win32')('a process without descriptors says so, and blames no peer', async () => {
  const line = 'ulimit -n 64 && exec "$0" "$@"';
  const run = spawnSync('sh', ['-c', line, process.execPath, await script(), temporaryDirectory()], {
    encoding: 'utf8',
  });
  expect(JSON.parse(run.stdout || JSON.stringify(run.stderr))).toEqual({
    probe: 'network.descriptors',
    resolver: 'network.descriptors',
    udp: 'network.descriptors',
    tcp: 'network.descriptors',
    request: 'network.descriptors',
    disk: 'store.descriptors',
  });
});
