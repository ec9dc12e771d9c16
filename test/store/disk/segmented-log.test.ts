import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LogKind } from '../../../src/store/disk/log-line.ts';
import { type LogOptions, SegmentedLog } from '../../../src/store/disk/segmented-log.ts';
import { childScript, startChild } from '../../support/child-process.ts';
import { codeOf, temporaryDirectory } from '../../support/store-fixtures.ts';

const script = childScript('store/children/append-to-log.ts');
const KIND: LogKind<string> = { name: 'test', version: 1, encode: String, decode: (text) => text };

/** Opens a log, and tells what was in it. */
async function opened(directory: string, options: Partial<LogOptions<string>> = {}) {
  const records: string[] = [];
  const segments: (number | null)[] = [];
  const warned: string[] = [];
  const log = await SegmentedLog.open({
    ...{ directory, kind: KIND, onDamage: (message: string) => warned.push(message), ...options },
    visit: (record, segment) => {
      records.push(record);
      segments.push(segment);
    },
  });
  onTestFinished(() => log.close());
  return { log, records, segments, warned };
}

const first = (directory: string) => join(directory, '000001.log');

describe('a segmented log', () => {
  it('gives back what was appended, in order, across segments', async () => {
    const directory = join(await temporaryDirectory(), 'log');
    const { log } = await opened(directory, { segmentBytes: 500 });
    const records = Array.from({ length: 50 }, (_, n) => `record ${n} ü`);
    for (const record of records) await log.append([record]);
    await log.close();
    const again = await opened(directory);
    expect(again.records).toEqual(records);
    expect(new Set(again.segments).size).toBeGreaterThan(5);
    expect(again.log.bytes).toBe(log.bytes);
    await again.log.append(['one more']);
    await again.log.close();
    expect((await opened(directory)).records.at(-1)).toBe('one more');
  });

  it('writes what comes meanwhile together', async () => {
    const directory = join(await temporaryDirectory(), 'log');
    const { log } = await opened(directory);
    const records = Array.from({ length: 200 }, (_, n) => `${n}`);
    await Promise.all(records.map((record) => log.append([record])));
    await log.close();
    expect((await opened(directory)).records).toEqual(records);
  });

  it('cuts a write that was cut off, at each byte, and goes on behind the last good record', async () => {
    const directory = join(await temporaryDirectory(), 'log');
    const { log } = await opened(directory);
    await log.append(['one', 'two']);
    await log.close();
    const { size } = await stat(first(directory));
    const whole = await readFile(first(directory));
    for (let length = size - 'two'.length - 45 + 1; length < size; length += 1) {
      await writeFile(first(directory), whole);
      await truncate(first(directory), length);
      const torn = await opened(directory);
      expect([torn.records, torn.warned]).toEqual([['one'], []]);
      await torn.log.append(['three']);
      await torn.log.close();
      expect((await opened(directory)).records).toEqual(['one', 'three']);
    }
  });

  it('finds any flipped byte, warns, and keeps the other records', async () => {
    const directory = join(await temporaryDirectory(), 'log');
    const { log } = await opened(directory);
    await log.append(['one', 'two', 'three']);
    await log.close();
    const whole = await readFile(first(directory));
    for (let at = 0; at < whole.length - 1; at += 1) {
      await rm(directory, { recursive: true });
      await mkdir(directory);
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] as number) ^ 0x41;
      await writeFile(first(directory), bytes);
      const damaged = await opened(directory);
      expect(damaged.warned, `byte ${at}`).toEqual(['A damaged cache was set aside']);
      for (const record of damaged.records) expect(['one', 'two', 'three']).toContain(record);
      expect(damaged.records.length).toBeLessThan(3);
      expect(new Set(damaged.segments)).toEqual(new Set(damaged.records.length > 0 ? [null] : []));
      await damaged.log.append(['four']);
      await damaged.log.close();
      expect((await opened(directory)).records).toEqual(['four']);
    }
  });

  it('tells who waits that a write failed, and goes on once it works', async () => {
    const directory = join(await temporaryDirectory(), 'log');
    const { log } = await opened(directory);
    await mkdir(first(directory));
    expect(await codeOf(log.append(['lost']))).toBe('store.io');
    await rm(first(directory), { recursive: true });
    await log.append(['kept']);
    await log.close();
    expect((await opened(directory)).records).toEqual(['kept']);
  });

  it('drops its oldest segments, but not the one that is written', async () => {
    const directory = join(await temporaryDirectory(), 'log');
    const { log } = await opened(directory, { segmentBytes: 200 });
    for (let n = 0; n < 20; n += 1) await log.append([`record ${n}`]);
    const before = log.bytes;
    await log.dropOldest();
    expect(log.bytes).toBeLessThan(before);
    while (log.oldest !== null) await log.dropOldest();
    await log.dropOldest();
    expect(await readdir(directory)).toHaveLength(1);
    await log.append(['last']);
    await log.close();
    expect((await opened(directory)).records.at(-1)).toBe('last');
  });

  it('loses nothing durable and warns of nothing when it is killed at any moment', { timeout: 120_000 }, async () => {
    const directory = join(await temporaryDirectory(), 'log');
    const file = await script();
    const durable = new Set<string>();
    for (let round = 0; round < 12; round += 1) {
      const child = startChild(file, [directory, `${round}`]);
      expect(await child.line()).toMatch(/^open \d+$/);
      for (let n = 0; n < 20 + round * 20; n += 1) durable.add((await child.line()) ?? '');
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
      child.process.kill('SIGKILL');
      // The last line may be cut off.
      for (const record of await child.rest()) if (/^\d+-\d-\d+$/.test(record)) durable.add(record);
      await child.exited;
    }
    const { records, warned } = await opened(directory);
    const found = new Set(records);
    expect([...durable].filter((record) => !found.has(record))).toEqual([]);
    expect(warned).toEqual([]);
    expect(durable.size).toBeGreaterThan(1000);
  });
});
