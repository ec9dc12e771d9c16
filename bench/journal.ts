import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { actionId } from '../src/protocol/content-id.ts';
import { UNSHARED } from '../src/store/home/fence.ts';
import { FileJournal } from '../src/store/journal/file-journal.ts';
import { START } from '../src/store/journal/journal.ts';
import { eventsJson } from '../src/store/journal/record-line.ts';
import type { ActionEvent } from '../src/store/model/events.ts';
import { type BenchResult, type Round, summarize } from './result.ts';

const WRITERS = 64;
const SLICES = 20;
const SLICE = 6_400;
const TARGET = 0.8;

/**
 * Journal appends with 64 writers waiting (each appends again when it's answered), against a bare loop that writes and
 * syncs the same bytes in the same groups: what encoding, hashing and waking the writers cost. In short slices by turns,
 * because a disk's speed changes from one second to the next. `BENCH_DIR` puts both on another disk.
 */
export async function run(): Promise<BenchResult> {
  const directory = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'cloudillo-bench-'));
  const segmentBytes = Number.POSITIVE_INFINITY;
  const journal = await FileJournal.open({ directory, mark: START, segments: [], now: Date.now, segmentBytes });
  const bare = await open(join(directory, 'bare'), 'wx');
  const written = await open(join(directory, '000001.ndjson'), 'w+');
  const slices: Round[] = [];
  try {
    for (let slice = 0; slice < SLICES; slice += 1) {
      const events = Array.from({ length: SLICE }, (_, n) => makeEvent(n));
      const from = journal.mark.offset;
      const { seconds, groups } = await appendAll(journal, events);
      const bytes = Buffer.alloc(journal.mark.offset - from);
      await written.read(bytes, 0, bytes.length, from);
      const chunks = regroup(bytes, groups);
      const floorSeconds = await bareLoop(bare, chunks);
      slices.push({ value: SLICE / seconds, floor: SLICE / floorSeconds, ratio: floorSeconds / seconds });
    }
  } finally {
    await journal.close();
    await bare.close();
    await written.close();
    await rm(directory, { recursive: true, force: true });
  }
  const summary = summarize(slices);
  const name = `journal appends, ${WRITERS} waiting writers`;
  return { name, unit: '/s', ...summary, target: TARGET, ok: summary.ratio >= TARGET };
}

function makeEvent(n: number): ActionEvent {
  const claims = {
    iss: 'alice.example.com',
    k: '260101',
    t: 'POST',
    aud: 'bob.example.com',
    iat: n,
    c: 'x'.repeat(200),
  };
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  const token = `eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzM4NCJ9.${payload}.${randomBytes(96).toString('base64url')}`;
  const [tenant, direction, status] = ['bob.example.com', 'in', 'A'] as const;
  return { kind: 'action', tenant, actionId: actionId(token), token, direction, receivedAt: n, status };
}

/** @returns how long it took, and how many records each group had: those that were told in one turn */
async function appendAll(journal: FileJournal, events: ActionEvent[]): Promise<{ seconds: number; groups: number[] }> {
  const groups: number[] = [];
  let told = 0;
  const onDurable = (): void => {
    told += 1;
    if (told > 1) return;
    queueMicrotask(() => {
      groups.push(told);
      told = 0;
    });
  };
  let next = 0;
  const writer = async (): Promise<void> => {
    for (let event = events[next++]; event; event = events[next++]) {
      await journal.append(UNSHARED, null, eventsJson([event]), onDurable);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: WRITERS }, writer));
  return { seconds: (performance.now() - start) / 1000, groups };
}

function regroup(bytes: Buffer, groups: number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let from = 0;
  for (const group of groups) {
    let end = from;
    for (let line = 0; line < group; line += 1) end = bytes.indexOf(10, end) + 1;
    chunks.push(bytes.subarray(from, end));
    from = end;
  }
  if (from !== bytes.length) throw new Error('the groups are not those of the journal');
  return chunks;
}

/** @returns how long it took */
async function bareLoop(file: FileHandle, chunks: Buffer[]): Promise<number> {
  const start = performance.now();
  for (const chunk of chunks) {
    await file.write(chunk);
    await file.datasync();
  }
  return (performance.now() - start) / 1000;
}
