// Stores an action, then each of the other tokens as an alias of it, then deletes it by the last of them. It prints an ID once
// its record is on disk. Arguments: the home, a file of tokens, one a line.
import { readFileSync } from 'node:fs';
import { actionId } from '../../../src/protocol/content-id.ts';
import { openFileStore } from '../../../src/store/engine/store.ts';

async function main(): Promise<void> {
  const [root = '', file = ''] = process.argv.slice(2);
  const [first = '', ...twins] = readFileSync(file, 'utf8').trim().split('\n');
  const tenant = 'bob.example';
  const store = await openFileStore(root);
  const done = (id: string) => process.stdout.write(`${id}\n`);
  const rest = { tenant, direction: 'in', receivedAt: 1, status: 'A' } as const;
  if (store.row(tenant, actionId(first)) === null)
    await store.append([{ kind: 'action', actionId: actionId(first), token: first, ...rest }]);
  done(actionId(first));
  for (const token of twins) {
    if (store.row(tenant, actionId(token)) === null)
      await store.append([{ kind: 'alias', tenant, actionId: actionId(token), token, at: 2 }]);
    done(actionId(token));
  }
  await store.append([{ kind: 'status', tenant, actionId: actionId(twins.at(-1) ?? ''), status: 'D', at: 3 }]);
  done('deleted');
  await store.close();
}

main().catch((error) => {
  process.stderr.write(`${String(error?.stack)}\n`);
  process.exitCode = 1;
});
