import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openFileStore, openMemoryStore } from '../../../src/store/engine/store.ts';
import type { JournalEvent } from '../../../src/store/model/events.ts';
import { childScript, startChild } from '../../support/child-process.ts';
import { watchDisk } from '../../support/power-cut.ts';
import { type Asked, answersOf } from '../../support/store-answers.ts';
import { TENANT, temporaryDirectory, temporaryHome } from '../../support/store-fixtures.ts';
import { oneHistory, writeRecords } from '../../support/written-history.ts';

const script = childScript('store/children/compact-home.ts');
const PRELOAD = `--import ${join(import.meta.dirname, '../../support/stop-points.mjs')}`;
const signal = new AbortController().signal;

interface Written {
  root: string;
  asked: Asked;
  dropped: { now: number; endedBefore: number; signal: AbortSignal };
  /** What a compaction may leave, from the beginning to the end. */
  states: unknown[];
}

/** A home in many segments, and all that it may answer while it is compacted. */
async function written(length: number, seed: number, segmentBytes: number): Promise<Written> {
  const { history, records } = oneHistory(length, seed);
  const root = await temporaryHome();
  await writeRecords(root, records, segmentBytes);
  const dropped = { now: history.now, endedBefore: history.now - 100, signal };
  const states: unknown[] = [];
  for (const part of ['nothing', 'what is deleted', 'what has ended, too']) {
    const plain = openMemoryStore();
    for (const events of records) await plain.append(events as JournalEvent[]);
    if (part === 'what is deleted') await plain.compact({ ...dropped, endedBefore: 0 });
    if (part === 'what has ended, too') await plain.compact(dropped);
    states.push(await answersOf(plain, history.asked));
    await plain.close();
  }
  return { root, asked: history.asked, dropped, states };
}

/** A home as a kill left it opens, is sound, answers as before or after, and is compacted to the end. */
async function assertSound(root: string, { asked, dropped, states }: Written): Promise<number> {
  const store = await openFileStore(root);
  try {
    expect(store.recovery).toMatchObject({ damaged: [] });
    expect((await store.check()).findings).toEqual([]);
    const answers = await answersOf(store, asked);
    const state = states.findIndex((one) => JSON.stringify(one) === JSON.stringify(answers));
    if (state < 0) expect(answers).toEqual(states.at(-1));
    await store.compact(dropped);
    expect(await answersOf(store, asked)).toEqual(states.at(-1));
    expect((await store.check()).findings).toEqual([]);
    expect((await readdir(join(root, 'journal'))).filter((name) => name.startsWith('.'))).toEqual([]);
    return state;
  } finally {
    await store.close();
  }
}

describe('a compaction', () => {
  it('that is killed before any of its changes leaves a sound store', { timeout: 240_000 }, async () => {
    const home = await written(180, 7, 3000);
    const copies = await temporaryDirectory();
    const { now, endedBefore } = home.dropped;
    const env = { NODE_OPTIONS: PRELOAD, STOP_ROOT: home.root, STOP_COPIES: copies };
    const child = startChild(await script(), [home.root, `${now}`, `${endedBefore}`], { env });
    await child.rest();
    expect(await child.exited).toMatchObject({ code: 0 });
    const points = (await readFile(join(copies, 'points'), 'utf8')).trimEnd().split('\n');
    expect(points.length).toBeGreaterThan(200);
    const kinds = new Set(points.map((point) => point.split(' ')[0]));
    for (const kind of ['open', 'write', 'datasync', 'rename']) expect([...kinds]).toContain(kind);
    const states: number[] = [];
    for (const index of points.keys()) states.push(await assertSound(join(copies, `${index + 1}`), home));
    expect([...new Set(states)]).toEqual([0, 1, 2]);
  });

  it('whose power is cut at any moment leaves a sound store', { timeout: 240_000 }, async () => {
    const home = await written(120, 8, 4000);
    const cuts: string[] = [];
    await watchDisk(home.root, async (disk) => {
      cuts.push(await disk.afterPowerCut());
    });
    const store = await openFileStore(home.root);
    await store.compact(home.dropped);
    await store.close();
    vi.restoreAllMocks();
    expect(cuts.length).toBeGreaterThan(20);
    const states: number[] = [];
    for (const root of cuts) states.push(await assertSound(root, home));
    expect(states.at(-1)).toBe(2);
  });

  it('killed at any time while others write loses nothing, and brings nothing back', { timeout: 120_000 }, async () => {
    const root = await temporaryHome();
    const file = await script();
    const stored = new Set<string>();
    const deleted = new Set<string>();
    const take = (line: string | null): void => {
      const [what, id = ''] = line?.split(' ') ?? [];
      if (/^a1~.{43}$/.test(id)) (what === 'deleted' ? deleted : stored).add(id);
    };
    for (let round = 0; round < 8; round += 1) {
      const child = startChild(file, [root, '1', '0', '8']);
      expect(await child.line()).toMatch(/^open .*"damaged":\[\]/);
      for (let n = 0; n < 60 + round * 30; n += 1) take(await child.line());
      child.process.kill('SIGKILL');
      for (const line of await child.rest()) take(line);
      await child.exited;
    }
    const copy = join(await temporaryDirectory(), 'home');
    await cp(root, copy, { recursive: true, filter: (path) => !path.endsWith('snapshot') });
    for (const home of [root, copy]) {
      const store = await openFileStore(home);
      expect(store.recovery.damaged).toEqual([]);
      expect([...stored].filter((id) => store.row(TENANT, id) === null)).toEqual([]);
      expect([...deleted].filter((id) => store.row(TENANT, id)?.status !== 'D')).toEqual([]);
      for (const id of stored)
        if (!deleted.has(id) && store.row(TENANT, id)?.status === 'A')
          expect(await store.action(TENANT, id)).not.toBeNull();
      expect((await store.check()).findings).toEqual([]);
      await store.close();
    }
    expect(deleted.size).toBeGreaterThan(100);
    await rm(copy, { recursive: true });
  });
});
