// Opens files until there is no descriptor left, then asks DNS and a peer, and prints how each fails.
import { openSync } from 'node:fs';
import { exchangeTcp } from '../../../src/federation/dns/tcp.ts';
import { exchangeUdp } from '../../../src/federation/dns/udp.ts';
import { connect } from '../../../src/federation/http/connect.ts';
import { descriptorProblem } from '../../../src/federation/http/descriptors.ts';
import { createHostResolver } from '../../../src/federation/http/host-resolver.ts';
import type { Network } from '../../../src/federation/http/network.ts';
import { transportError } from '../../../src/federation/http/transport-error.ts';
import { diskSpaceOf } from '../../../src/store/disk/disk-space.ts';

const directory = process.argv[2] ?? '';
const network: Network = { kind: 'public', resolvers: ['127.0.0.1'] };
const target = { address: '127.0.0.1', port: 9, time: { limit: 2000, left: () => 2000 } };
// Each call is a new answer.
const disk = diskSpaceOf({ needed: [directory] }, () => performance.now() * 1000);
const context = { host: 'bob.test', target: 'GET /api/me', connection: undefined, reused: false };
const asked = () =>
  connect([{ address: '127.0.0.1', port: 9 }]).catch((error: unknown) =>
    Promise.reject(transportError(error, context)),
  );
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    (found) => (found as { code?: string } | null)?.code ?? 'no error',
    (error) => error.code ?? String(error),
  );

async function all(): Promise<Record<string, string>> {
  return {
    probe: await codeOf(descriptorProblem('bob.test')),
    resolver: await codeOf(createHostResolver(network).resolve('bob.test')),
    udp: await codeOf(exchangeUdp(target, Buffer.alloc(12), () => null, 1)),
    tcp: await codeOf(exchangeTcp(target, Buffer.alloc(12), () => null)),
    request: await codeOf(asked()),
    disk: await codeOf(disk.writeProblem()),
  };
}

async function main(): Promise<void> {
  // Whatever is loaded or opened lazily is opened now.
  await all();
  try {
    for (;;) openSync('/dev/null', 'r');
  } catch {
    process.stdout.write(JSON.stringify(await all()));
    process.exit();
  }
}

void main();
