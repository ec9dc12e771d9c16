// Appends with many writers at once and prints each action's ID once its append resolved.
import { randomBytes } from 'node:crypto';
import { actionId } from '../../../src/protocol/content-id.ts';
import { openFileStore } from '../../../src/store/engine/store.ts';

async function main(): Promise<void> {
  const [root = '', writers = '16'] = process.argv.slice(2);
  const store = await openFileStore(root, { segmentBytes: 200_000, saveEvery: 200 });
  process.stdout.write(`open ${JSON.stringify(store.recovery)}\n`);
  const write = async (writer: number): Promise<void> => {
    for (let n = 0; ; n += 1) {
      const claims = { iss: 'alice.example', k: '1', t: 'POST', iat: n, c: `${process.pid} ${writer} ${n}` };
      const token = `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${randomBytes(96).toString('base64url')}`;
      const id = actionId(token);
      await store.append([
        {
          kind: 'action',
          tenant: 'bob.example',
          actionId: id,
          token,
          direction: 'in',
          receivedAt: Date.now(),
          status: 'A',
        },
      ]);
      process.stdout.write(`${id}\n`);
    }
  };
  await Promise.all(Array.from({ length: Number(writers) }, (_, writer) => write(writer)));
}

main().catch((error) => {
  process.stderr.write(`${String(error?.stack)}\n`);
  process.exitCode = 1;
});
