import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { actionId } from '../src/protocol/content-id.ts';
import { openFileStore } from '../src/store/engine/store.ts';
import { UNSHARED } from '../src/store/home/fence.ts';
import { createHome, homePaths } from '../src/store/home/home.ts';
import { FileJournal } from '../src/store/journal/file-journal.ts';
import { START } from '../src/store/journal/journal.ts';
import { eventsJson } from '../src/store/journal/record-line.ts';
import type { ActionEvent } from '../src/store/model/events.ts';

const TENANT = 'bob.example.com';
const HEADER = 'eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzM4NCJ9';

/**
 * How long it takes to open a home with many actions, and what it costs in memory: once from the journal alone, once with
 * the saved index. Not part of `npm run bench`, because it writes a gigabyte: `npm run bench -- open`.
 */
export async function open(count = 1_000_000): Promise<Record<string, number>> {
  const folder = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'cloudillo-bench-'));
  const root = join(folder, 'home');
  const result: Record<string, number> = { actions: count };
  try {
    await createHome(root, new Date());
    await fill(homePaths(root).journal, count);
    const memory = residentMegabytes();
    for (const name of ['from the journal', 'with the saved index']) {
      const start = performance.now();
      const store = await openFileStore(root);
      result[`seconds ${name}`] = (performance.now() - start) / 1000;
      if (store.stats().actions !== count) throw new Error(`${store.stats().actions} actions`);
      result[`MB ${name}`] = residentMegabytes() - memory;
      result[`first page, ms, ${name}`] = await timed(() => store.list(TENANT, { limit: 20 }));
      result[`rare type, ms, ${name}`] = await timed(() => store.list(TENANT, { limit: 20, types: ['CONV'] }));
      result[`count, ms, ${name}`] = await timed(async () => await store.count(TENANT, { types: ['POST'] }));
      result[`close, ms, ${name}`] = await timed(() => store.close());
    }
    result['MB of saved index'] = (await stat(join(homePaths(root).index, 'snapshot'))).size / 1e6;
    return result;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fill(directory: string, count: number): Promise<void> {
  const journal = await FileJournal.open({ directory, mark: START, segments: [], now: Date.now });
  let recent = `a1~${'A'.repeat(43)}`;
  for (let n = 0; n < count; ) {
    const group: Promise<void>[] = [];
    for (const end = Math.min(count, n + 4096); n < end; n += 1) {
      const event = makeEvent(n, recent);
      if (n % 50 === 0) recent = event.actionId;
      group.push(journal.append(UNSHARED, null, eventsJson([event]), () => {}));
    }
    await Promise.all(group);
  }
  await journal.close();
}

/** Of ten: two posts, two comments, five reactions and a follow, by 5,000 people. */
function makeEvent(n: number, recent: string): ActionEvent {
  const iss = `person${(n * 7919) % 5000}.example.com`;
  const base = { iss, k: '260101', iat: 1_700_000_000 + Math.floor(n / 3), aud: TENANT };
  const kind = n % 10;
  const claims =
    kind < 2
      ? { ...base, t: 'POST', c: 'A post of some length, as people write them. '.repeat(4), v: 'F' }
      : kind < 4
        ? { ...base, t: 'CMNT', c: 'A comment, which is shorter.', p: recent }
        : kind < 9
          ? { ...base, t: 'REACT:LIKE', sub: recent }
          : { ...base, t: n % 20 === 9 ? 'FLLW' : 'FLLW:DEL' };
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  const token = `${HEADER}.${payload}.${randomBytes(96).toString('base64url')}`;
  const [tenant, direction, status] = [TENANT, 'in', 'A'] as const;
  return { kind: 'action', tenant, actionId: actionId(token), token, direction, receivedAt: n, status };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function residentMegabytes(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss() / 1e6;
}
