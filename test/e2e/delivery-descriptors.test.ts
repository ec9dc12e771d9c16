/** A delivery of a server that may open no more files: that is no fault of the peer. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { decodeToken } from '../../src/protocol/token.ts';
import { createSigner } from '../../src/services/keys/sign.ts';
import { systemClock } from '../../src/services/runtime/system-clock.ts';
import { openFileStore } from '../../src/store/engine/store.ts';
import { createIdentities } from '../../src/store/identities/identities.ts';
import { json, startLab } from '../support/lab.ts';
import { makeIdentity, networkFile, servePeer } from '../support/lab-identity.ts';
import { runCli, startCli, temporaryDirectory } from '../support/run-cli.ts';

const POSTS = 3;
/** A server that starts makes what waits due, which opens its journal: the failure can be recorded. */
const PAUSE = 60_000;

/** Opens files before each connection to a peer, until the system gives no descriptor: the connection gets none then. */
const TAKES_ALL = `
import { openSync } from 'node:fs';
import { Socket } from 'node:net';
const { connect } = Socket.prototype;
Socket.prototype.connect = function (...args) {
  // A connection to the door of a home has no port.
  if (args.flat()[0]?.port !== undefined) try { for (;;) openSync('/dev/null', 'r'); } catch {}
  return connect.apply(this, args);
};
`;

/** Stands for `node`: with 200 descriptors at most, which connections find taken. */
function withoutDescriptors(directory: string): string {
  const preload = join(directory, 'takes-all.mjs');
  writeFileSync(preload, TAKES_ALL);
  const node = join(directory, 'node');
  const line = `ulimit -n 200 && exec ${process.execPath} --import ${preload} "$@"`;
  writeFileSync(node, `#!/bin/sh\n${line}\n`, { mode: 0o700 });
  return node;
}

async function queuePosts(home: string): Promise<void> {
  const tenant = 'alice.test';
  const signer = createSigner({ identities: createIdentities(home), clock: systemClock });
  const store = await openFileStore(home);
  const at = Date.now();
  for (let post = 0; post < POSTS; post += 1) {
    const token = await signer.sign(tenant, { t: 'POST', c: `Post ${post}` });
    const { actionId } = decodeToken(token);
    await store.append([
      { kind: 'action', tenant, actionId, token, direction: 'out', receivedAt: at, status: 'A' },
      { kind: 'deliveries', tenant, actionId, to: ['bob.test'], nextAt: at + PAUSE, at },
    ]);
  }
  await store.close();
}

it.skipIf(process.platform === 'win32')(
  'a server that can open no connection counts no attempt, leaves the circuit of the peer closed, and delivers later',
  { timeout: 180_000 },
  async () => {
    const lab = await startLab();
    const bob = await servePeer(lab, makeIdentity('bob.test'), (_, response) =>
      json(response, { data: null }, { status: 202 }),
    );
    const home = join(temporaryDirectory(), 'home');
    const as = (...args: string[]) => runCli([...args, '--home', home, '--json']);
    expect((await as('init', 'alice.test', '--yes')).code).toBe(0);
    await queuePosts(home);
    const flags = ['serve', '--home', home, '--plain-http', '--port', '0', '--json'];
    const directory = temporaryDirectory();
    const env = { CLOUDILLO_NETWORK: networkFile(lab) };

    const limited = startCli(flags, { env, timeout: 170_000, node: withoutDescriptors(directory) });
    onTestFinished(() => void limited.child.kill('SIGKILL'));
    const journal = () => readFileSync(join(home, 'journal', '000001.ndjson'), 'utf8');
    await expect.poll(journal, { timeout: 60_000 }).toContain('network.descriptors');
    // It answers no command any more, so its home is read.
    limited.child.kill('SIGKILL');
    await limited.done;
    expect(bob.requests).toEqual([]);
    const { lines } = await as('deliveries');
    expect(lines.map(({ state, attempts }) => [state, attempts])).toEqual(Array(POSTS).fill(['queued', 0]));
    expect(lines.map(({ error }) => error?.code)).toContain('network.descriptors');
    expect((await as('status')).json.queue.failing).toEqual([]);

    const server = startCli(flags, { env, timeout: 100_000 });
    onTestFinished(() => void server.child.kill('SIGKILL'));
    const received = () => bob.requests.filter(({ url }) => url === '/api/inbox').length;
    await expect.poll(received, { timeout: 60_000 }).toBe(POSTS);
    server.child.kill('SIGTERM');
    expect((await server.done).code).toBe(0);
  },
);
