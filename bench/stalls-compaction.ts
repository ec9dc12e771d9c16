/** The line of `stalls` about a compaction: a home of 100,000 actions on the disk, whose server guests read meanwhile. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { openFileStore } from '../src/store/engine/store.ts';
import type { JournalEvent } from '../src/store/model/events.ts';
import type { Store } from '../src/store/model/store-interface.ts';
import { stallApp } from './stalls-app.ts';
import { eventOf, namedIds, type StallStore, TENANT } from './stalls-store.ts';
import { watchStretches } from './stretches.ts';

const ACTIONS = 100_000;
/** Appends that are under way together. */
const TOGETHER = 2000;
/** Each compaction finds a part of the actions deleted. */
const ROUNDS = 5;

/** Compacts several times. @returns the longest stretch of each time, in milliseconds */
export async function compactions(home: string): Promise<number[]> {
  const { store, app, port } = await stallApp(home, filled);
  const load = fork('bench/stalls-load.js', [String(port)]);
  try {
    await once(load, 'message');
    // What the first question makes isn't the compaction's.
    await ask(load);
    const longest: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) longest.push(await compaction(store, load, round));
    return longest;
  } finally {
    load.kill();
    await app.close();
    await store.close();
  }
}

async function filled(home: string): Promise<StallStore> {
  const { popular, conversation } = namedIds();
  const store = await openFileStore(home);
  for (let n = 0; n < ACTIONS; n += TOGETHER) {
    const events = Array.from({ length: TOGETHER }, (_, i) => eventOf(n + i, popular, conversation));
    await Promise.all(events.map((event) => store.append([event, delivered(event.actionId, n)])));
  }
  return { store, popular, conversation };
}

/** A delivery that ended long ago. */
function delivered(actionId: string, at: number): JournalEvent {
  return { kind: 'delivery', tenant: TENANT, actionId, to: 'peer.example.com', state: 'delivered', attempts: 1, at };
}

/** A guest asks for the newest actions. */
async function ask(load: ReturnType<typeof fork>): Promise<void> {
  const request = `GET /api/actions?limit=20 HTTP/1.1\r\nHost: cl-o.${TENANT}\r\nConnection: close\r\n\r\n`;
  load.send({ bytes: Buffer.from(request).toString('base64'), together: 1 });
  const [status] = await once(load, 'message');
  if (status !== 200) throw new Error(`a guest was answered ${status}`);
}

async function compaction(store: Store, load: ReturnType<typeof fork>, round: number): Promise<number> {
  const { popular, conversation } = namedIds();
  const deleted: JournalEvent[] = [];
  for (let n = 2 + round; n < ACTIONS; n += 3 * ROUNDS) {
    const { actionId } = eventOf(n, popular, conversation);
    deleted.push({ kind: 'status', tenant: TENANT, actionId, status: 'D', at: Date.now() });
  }
  for (let start = 0; start < deleted.length; start += TOGETHER) {
    await Promise.all(deleted.slice(start, start + TOGETHER).map((event) => store.append([event])));
  }
  const now = Date.now();
  let isRunning = true;
  const watch = watchStretches();
  const compacted = store.compact({ now, endedBefore: now, signal: new AbortController().signal }).finally(() => {
    isRunning = false;
  });
  while (isRunning) await ask(load);
  const { erased } = await compacted;
  if (erased < deleted.length) throw new Error(`a compaction erased ${erased} of ${deleted.length} actions`);
  return watch.longest();
}
