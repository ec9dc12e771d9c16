// Compacts a home. With a number of writers it appends meanwhile, and prints the ID of each action once its append resolved; it then
// deletes every other one and compacts again and again.
import { randomBytes } from 'node:crypto';
import { actionId } from '../../../src/protocol/content-id.ts';
import { openFileStore } from '../../../src/store/engine/store.ts';
import type { ActionEvent } from '../../../src/store/model/events.ts';

const TENANT = 'bob.example';

function event(c: string): ActionEvent {
  const claims = { iss: 'alice.example', k: '1', t: 'POST', iat: 1, c };
  const token = `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${randomBytes(96).toString('base64url')}`;
  return {
    kind: 'action',
    tenant: TENANT,
    actionId: actionId(token),
    token,
    direction: 'in',
    receivedAt: 1,
    status: 'A',
  };
}

async function main(): Promise<void> {
  const [root = '', now = '0', endedBefore = '0', writers = '0'] = process.argv.slice(2);
  const store = await openFileStore(root, { segmentBytes: 20_000 });
  process.stdout.write(`open ${JSON.stringify(store.recovery)}\n`);
  const dropped = { now: Number(now), endedBefore: Number(endedBefore), signal: new AbortController().signal };
  if (writers === '0') {
    await store.compact(dropped);
    await store.close();
    return;
  }
  const write = async (writer: number): Promise<void> => {
    for (let n = 0; ; n += 1) {
      const one = event(`${process.pid} ${writer} ${n}`);
      await store.append([one]);
      process.stdout.write(`stored ${one.actionId}\n`);
      if (n % 2 === 0) continue;
      await store.append([{ kind: 'status', tenant: TENANT, actionId: one.actionId, status: 'D', at: 1 }]);
      process.stdout.write(`deleted ${one.actionId}\n`);
    }
  };
  const compact = async (): Promise<void> => {
    for (;;) await store.compact(dropped);
  };
  await Promise.all([compact(), ...Array.from({ length: Number(writers) }, (_, writer) => write(writer))]);
}

main().catch((error) => {
  process.stderr.write(`${String(error?.stack)}\n`);
  process.exitCode = 1;
});
