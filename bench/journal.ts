import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { actionId } from '../src/protocol/content-id.ts';
import type { ActionEvent } from '../src/store/events.ts';
import { FileJournal } from '../src/store/journal/file-journal.ts';
import { START } from '../src/store/journal/journal.ts';
import { eventsJson } from '../src/store/journal/record-line.ts';
import type { BenchResult } from './result.ts';

const WRITERS = 64;
const APPENDS = 32_000;
const ROUNDS = 5;
const TARGET = 0.8;

/**
 * Journal appends with 64 writers waiting (each appends again when it's answered), against a bare loop that writes and
 * syncs the same bytes in the same groups: what encoding, hashing and waking the writers cost. By turns, median of the
 * ratios; `BENCH_DIR` puts both on another disk.
 */
export async function run(): Promise<BenchResult> {
  const events = Array.from({ length: APPENDS }, (_, n) => makeEvent(n));
  const rounds: { value: number; floor: number; ratio: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const folder = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'cloudillo-bench-'));
    try {
      const { perSecond: value, groups } = await appendAll(join(folder, 'journal'), events);
      const floor = await bareLoop(join(folder, 'journal', '000001.ndjson'), join(folder, 'bare'), groups);
      rounds.push({ value, floor, ratio: value / floor });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  rounds.sort((a, b) => a.ratio - b.ratio);
  const middle = rounds[ROUNDS >> 1] as (typeof rounds)[number];
  return {
    name: `journal appends, ${WRITERS} waiting writers`,
    unit: '/s',
    ...middle,
    target: TARGET,
    ok: middle.ratio >= TARGET,
  };
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

/** @returns appends per second, and how many records each group had: those answered in one turn */
async function appendAll(directory: string, events: ActionEvent[]): Promise<{ perSecond: number; groups: number[] }> {
  await mkdir(directory);
  const segmentBytes = Number.POSITIVE_INFINITY;
  const journal = await FileJournal.open({ directory, mark: START, segments: [], now: Date.now, segmentBytes });
  const groups: number[] = [];
  let answered = 0;
  const onAnswer = (): void => {
    answered += 1;
    if (answered === 1) {
      queueMicrotask(() => {
        groups.push(answered);
        answered = 0;
      });
    }
  };
  let next = 0;
  const writer = async (): Promise<void> => {
    for (let event = events[next++]; event; event = events[next++]) await journal.append(eventsJson([event]), onAnswer);
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: WRITERS }, writer));
  const seconds = (performance.now() - start) / 1000;
  await journal.close();
  return { perSecond: events.length / seconds, groups };
}

/** @returns lines per second */
async function bareLoop(journal: string, path: string, groups: number[]): Promise<number> {
  const bytes = await readFile(journal);
  const chunks: Buffer[] = [];
  let from = 0;
  for (const group of groups) {
    let end = from;
    for (let line = 0; line < group; line += 1) end = bytes.indexOf(10, end) + 1;
    chunks.push(bytes.subarray(from, end));
    from = end;
  }
  if (from !== bytes.length) throw new Error('the groups are not those of the journal');
  const file = await open(path, 'wx');
  const start = performance.now();
  for (const chunk of chunks) {
    await file.write(chunk);
    await file.datasync();
  }
  const seconds = (performance.now() - start) / 1000;
  await file.close();
  return APPENDS / seconds;
}
