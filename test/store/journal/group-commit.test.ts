import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type Fence, UNSHARED } from '../../../src/store/home/fence.ts';
import type { Batch } from '../../../src/store/journal/batch.ts';
import { type Appended, GroupCommit } from '../../../src/store/journal/group-commit.ts';
import type { Applied } from '../../../src/store/journal/journal.ts';
import { decodeLine } from '../../../src/store/journal/record-line.ts';
import type { JournalHead } from '../../../src/store/model/journal-head.ts';
import { codeOf } from '../../support/store-fixtures.ts';

/** A disk whose syncs end when told. */
function slowDisk() {
  const syncs: { numbers: number[]; finish: (error?: Error) => void }[] = [];
  const written: number[] = [];
  const commit = async (batch: Batch) => {
    const numbers = decodedNumbers(batch);
    await new Promise<void>((resolve, reject) => {
      syncs.push({ numbers, finish: (error) => (error ? reject(error) : resolve()) });
    });
    written.push(...numbers);
    return { segment: 1, offset: 0 };
  };
  const commits = new GroupCommit({ now: () => 7, last: 0, commit, advance: () => {} });
  const group = {
    add: (events: string, applied: Applied, { fence = UNSHARED, expected = null }: Partial<Appended> = {}) =>
      commits.add({ fence, expected, events, applied }),
    between: commits.between.bind(commits),
    close: () => commits.close(),
  };
  const started = (count: number) => expect.poll(() => syncs.length).toBe(count);
  return { group, syncs, written, started };
}

/** What is really in the bytes. */
function decodedNumbers(batch: Batch): number[] {
  const lines = Buffer.from(batch.bytes).toString('utf8').trimEnd().split('\n');
  return lines.map((line, index) => {
    const decoded = decodeLine(Buffer.from(line));
    if ('reason' in decoded) throw new Error(decoded.reason);
    expect(batch.lines[index]).toMatchObject({
      n: decoded.record.n,
      hash: decoded.hash,
      length: Buffer.byteLength(line) + 1,
    });
    return decoded.record.n;
  });
}

it('writes with one sync what arrived during the one before, and tells nobody earlier', async () => {
  const { group, syncs, started } = slowDisk();
  const first = group.add('[]', () => {});
  await started(1);
  const told: number[] = [];
  const rest = Array.from({ length: 100 }, (_, n) => group.add('["ü"]', () => told.push(n)));
  syncs[0]?.finish();
  await first;
  await started(2);
  expect(told).toEqual([]);
  expect(syncs[1]?.numbers).toEqual(Array.from({ length: 100 }, (_, n) => n + 2));
  syncs[1]?.finish();
  await Promise.all(rest);
  expect(told).toEqual(Array.from({ length: 100 }, (_, n) => n));
});

it('writes what is there together in the first group too', async () => {
  const { group, syncs, started } = slowDisk();
  const all = Promise.all([1, 2, 3].map(() => group.add('[]', () => {})));
  await started(1);
  expect(syncs[0]?.numbers).toEqual([1, 2, 3]);
  syncs[0]?.finish();
  await all;
});

it('fails all of a group and nobody else; those behind take its numbers', async () => {
  const { group, syncs, written, started } = slowDisk();
  const first = Array.from({ length: 12 }, () => codeOf(group.add('[]', () => {})));
  await started(1);
  const second = Array.from({ length: 12 }, () => codeOf(group.add('[]', () => {})));
  syncs[0]?.finish(Object.assign(new Error('full'), { code: 'ENOSPC' }));
  expect(new Set(await Promise.all(first))).toEqual(new Set(['ENOSPC']));
  await started(2);
  const third = group.add('[]', () => {});
  syncs[1]?.finish();
  expect(new Set(await Promise.all(second))).toEqual(new Set(['nothing was thrown']));
  await started(3);
  syncs[2]?.finish();
  await third;
  expect(written).toEqual(Array.from({ length: 13 }, (_, n) => n + 1));
});

it('bounds a group by records and by bytes', async () => {
  const { group, syncs, started } = slowDisk();
  const all = [
    ...Array.from({ length: 5000 }, () => group.add('[]', () => {})),
    ...Array.from({ length: 6 }, () => group.add(JSON.stringify(['x'.repeat(1_500_000)]), () => {})),
  ];
  for (let n = 1; n <= 3; n += 1) {
    await started(n);
    syncs[n - 1]?.finish();
  }
  await Promise.all(all);
  const sizes = syncs.map(({ numbers }) => numbers.length);
  // The second has the small ones that are left and three large ones, the third the other three.
  expect(sizes).toEqual([4096, 904 + 3, 3]);
  expect(syncs.flatMap(({ numbers }) => numbers)).toEqual(Array.from({ length: 5006 }, (_, n) => n + 1));
});

it('lets one record’s mishap in the index be its own', async () => {
  const { group, syncs, started } = slowDisk();
  const bad = group.add('[]', () => {
    throw new Error('a bug');
  });
  const good = group.add('[]', () => {});
  await started(1);
  syncs[0]?.finish();
  await expect(bad).rejects.toThrow('a bug');
  await good;
});

it('writes what is waiting when it’s closed, and takes no more', async () => {
  const { group, syncs, written, started } = slowDisk();
  const waiting = group.add('[]', () => {});
  const closed = group.close();
  expect(await codeOf(group.add('[]', () => {}))).toBe('store.closed');
  await started(1);
  syncs[0]?.finish();
  await waiting;
  await closed;
  expect(written).toEqual([1]);
  await group.close();
});

it('takes nothing from whoever does not hold the home any longer, nor writes what is waiting then', async () => {
  const { group, syncs, written, started } = slowDisk();
  let isHeld = true;
  const fence: Fence = {
    number: 1,
    assertHeld: () => {
      if (!isHeld) throw Object.assign(new Error('given up'), { code: 'store.fenced' });
    },
  };
  const first = group.add('[]', () => {}, { fence });
  await started(1);
  const waiting = codeOf(group.add('[]', () => expect.unreachable(), { fence }));
  isHeld = false;
  expect(await codeOf(group.add('[]', () => expect.unreachable(), { fence }))).toBe('store.fenced');
  syncs[0]?.finish();
  await first;
  expect(await waiting).toBe('store.fenced');
  expect(written).toEqual([1]);
  // What comes from the next holder takes the number that nobody has.
  const next = group.add('[]', () => {});
  await started(2);
  expect(syncs[1]?.numbers).toEqual([2]);
  syncs[1]?.finish();
  await next;
});

it('appends behind the expected record only, also where others wait to be written', async () => {
  const { group, syncs, started } = slowDisk();
  const at = (n: number) => ({ expected: n as JournalHead });
  expect(await codeOf(group.add('[]', () => {}, at(1)))).toBe('store.conflict');
  const first = group.add('[]', () => {}, at(0));
  expect(await codeOf(group.add('[]', () => {}, at(0)))).toBe('store.conflict');
  const second = group.add('[]', () => {}, at(1));
  await started(1);
  syncs[0]?.finish();
  await Promise.all([first, second]);
  expect(syncs[0]?.numbers).toEqual([1, 2]);
});

it('writes nothing while something is done between two batches, and all that waited afterwards', async () => {
  const { group, syncs, started } = slowDisk();
  const first = group.add('[]', () => {});
  await started(1);
  const seen: string[] = [];
  let finish = () => {};
  const between = group.between(async () => {
    seen.push('begun');
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    return syncs.length;
  });
  syncs[0]?.finish();
  await first;
  await expect.poll(() => seen).toEqual(['begun']);
  const later = group.add('[]', () => {});
  finish();
  expect(await between).toBe(1);
  await started(2);
  syncs[1]?.finish();
  await later;
  await expect(group.between(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  const last = group.add('[]', () => {});
  await started(3);
  syncs[2]?.finish();
  await last;
});

it('does what is asked for between two batches while something is done there already', async () => {
  const { group } = slowDisk();
  let finish = () => {};
  const first = group.between(
    () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      }),
  );
  await turn();
  const second = group.between(async () => 'done');
  finish();
  await first;
  await expect(second).resolves.toBe('done');
  await group.close();
});
