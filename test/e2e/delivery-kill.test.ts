import { join } from 'node:path';
import { expect, it } from 'vitest';
import { decodeToken } from '../../src/protocol/token.ts';
import { createSigner } from '../../src/services/keys/sign.ts';
import { systemClock } from '../../src/services/runtime/system-clock.ts';
import { openFileStore } from '../../src/store/engine/store.ts';
import { createIdentities } from '../../src/store/identities/identities.ts';
import type { JournalEvent } from '../../src/store/model/events.ts';
import { json, startLab } from '../support/lab.ts';
import { makeIdentity, networkFile, servePeer } from '../support/lab-identity.ts';
import { runCli, startCli, temporaryDirectory } from '../support/run-cli.ts';

const ALICE = 'alice.test';
const PEERS = Array.from({ length: 8 }, (_, i) => `peer${i}.test`);
const POSTS = 40;
const KILLS = 6;
/** Under way, or answered and not written down yet: 16 slots, and four times as many that wait for the disk. */
const IN_FLIGHT = 64;

it('delivers all that is queued, killed again and again, and nothing that it has recorded as delivered', {
  timeout: 120_000,
}, async () => {
  const lab = await startLab();
  const received: string[] = [];
  let onReceived = (): void => {};
  for (const idTag of PEERS) {
    await servePeer(lab, makeIdentity(idTag), ({ body }, response) => {
      received.push(`${(JSON.parse(body) as { token: string }).token} ${idTag}`);
      json(response, { data: null }, { status: 202 });
      onReceived();
    });
  }
  const home = join(temporaryDirectory(), 'home');
  const env = { CLOUDILLO_NETWORK: networkFile(lab) };
  expect((await runCli(['init', ALICE, '--home', home, '--yes'])).code).toBe(0);
  const tokens = await queuePosts(home);
  const wanted = tokens.flatMap((token) => PEERS.map((peer) => `${token} ${peer}`));
  const flags = ['--home', home, '--plain-http', '--port', '0', '--json', '--quiet'];

  for (let round = 0; round < KILLS; round += 1) {
    const recorded = await delivered(home);
    const before = received.length;
    let left = 1 + Math.floor(Math.random() * (wanted.length / KILLS / 2));
    const server = startCli(['serve', ...flags], { timeout: 60_000, env });
    onReceived = () => {
      left -= 1;
      if (left === 0) server.child.kill('SIGKILL');
    };
    expect((await server.done).signal).toBe('SIGKILL');
    expect(received.slice(before).filter((each) => recorded.has(each))).toEqual([]);
  }

  const recorded = await delivered(home);
  const before = received.length;
  const server = startCli(['serve', ...flags], { timeout: 60_000, env });
  await expect.poll(() => new Set(received).size, { timeout: 60_000 }).toBe(wanted.length);
  server.child.kill('SIGTERM');
  expect((await server.done).code).toBe(0);
  expect(received.slice(before).filter((each) => recorded.has(each))).toEqual([]);
  expect(new Set(received)).toEqual(new Set(wanted));
  expect(received.length - wanted.length).toBeLessThanOrEqual(KILLS * IN_FLIGHT);
  expect(await delivered(home)).toEqual(new Set(wanted));
});

async function queuePosts(home: string): Promise<string[]> {
  const signer = createSigner({ identities: createIdentities(home), clock: systemClock });
  const at = Date.now();
  const store = await openFileStore(home);
  const tokens: string[] = [];
  for (let post = 0; post < POSTS; post += 1) {
    const token = await signer.sign(ALICE, { t: 'POST', c: `Post ${post}` });
    const { actionId } = decodeToken(token);
    const events: JournalEvent[] = [
      { kind: 'action', tenant: ALICE, actionId, token, direction: 'out', receivedAt: at, status: 'A' },
      { kind: 'deliveries', tenant: ALICE, actionId, to: PEERS, nextAt: at, at },
    ];
    await store.append(events);
    tokens.push(token);
  }
  await store.close();
  return tokens;
}

/** What the journal says has arrived: `token peer`. */
async function delivered(home: string): Promise<Set<string>> {
  const store = await openFileStore(home);
  const rows = store.deliveries({ state: 'delivered' });
  const result = await Promise.all(
    rows.map(async ({ actionId, to }) => `${(await store.action(ALICE, actionId))?.token} ${to}`),
  );
  expect((await store.check()).findings).toEqual([]);
  await store.close();
  return new Set(result);
}
