// Appends to a home until that fails, then tells what still works. Started with a limit on the size of files.
import { randomBytes } from 'node:crypto';
import { actionId } from '../../../src/protocol/content-id.ts';
import { openFileStore } from '../../../src/store/engine/store.ts';
import type { ActionEvent } from '../../../src/store/model/events.ts';

// Caught, so that a write beyond the limit fails with EFBIG instead of ending the process.
process.on('SIGXFSZ', () => {});

function event(n: number): ActionEvent {
  const claims = { iss: 'alice.example', k: '1', t: 'POST', iat: n, c: 'x'.repeat(500) };
  const token = `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${randomBytes(96).toString('base64url')}`;
  const tenant = 'bob.example';
  return { kind: 'action', tenant, actionId: actionId(token), token, direction: 'in', receivedAt: 1, status: 'A' };
}

async function main(): Promise<void> {
  const store = await openFileStore(process.argv[2] ?? '');
  const stored: string[] = [];
  const codes = new Set<string>();
  let applied = 0;
  for (let round = 0; round < 100 && codes.size === 0; round += 1) {
    const events = Array.from({ length: 8 }, (_, n) => event(round * 8 + n));
    const results = await Promise.allSettled(events.map((one) => store.append([one])));
    for (const [n, result] of results.entries()) {
      const id = events[n]?.actionId ?? '';
      if (result.status === 'fulfilled') stored.push(id);
      else {
        codes.add(`${result.reason.code} ${result.reason.retryable}`);
        if (store.row('bob.example', id)) applied += 1;
      }
    }
  }
  const read = await Promise.all(stored.map((id) => store.action('bob.example', id)));
  // A smaller one may still fit: the store isn't broken, only full.
  const { writable } = store.stats();
  const findings = (await store.check()).findings;
  const blob = await store.blobs.write(Buffer.alloc(200_000)).catch((error) => error.code);
  const names: string[] = [];
  for await (const id of store.blobs.ids()) names.push(id);
  await store.close();
  const readable = read.filter((found) => found !== null).length;
  process.stdout.write(
    `${JSON.stringify({ stored, codes: [...codes], applied, readable, writable, findings, blob, names })}\n`,
  );
}

main().catch((error) => {
  process.stdout.write(`failed ${String(error?.stack)}\n`);
});
