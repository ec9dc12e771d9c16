import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Document, openDocument } from '../../../src/store/disk/document.ts';
import { temporaryPath, writeDurably } from '../../../src/store/disk/durable-file.ts';
import { sweepTemporary } from '../../../src/store/disk/sweep-temporary.ts';
import { codeOf, temporaryDirectory } from '../../support/store-fixtures.ts';

interface Counter {
  count: number;
}

function parse(json: unknown): Counter {
  const { count } = json as Counter;
  if (typeof count !== 'number') throw new Error('"count" must be a number');
  return { count };
}

async function counter(): Promise<{ path: string; document: Document<Counter> }> {
  const path = join(await temporaryDirectory(), 'counter.json');
  return { path, document: await openDocument<Counter>(path, { parse, initial: { count: 0 } }) };
}

describe('a document', () => {
  it('is what it begins with until it’s changed, and then a private file', async () => {
    const { path, document } = await counter();
    expect(document).toMatchObject({ data: { count: 0 }, exists: false });
    await document.update((draft) => {
      draft.count = 7;
    });
    expect(document).toMatchObject({ data: { count: 7 }, exists: true });
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ count: 7 });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(path, '..'))).toEqual(['counter.json']);
    const again = await openDocument<Counter>(path, { parse, initial: { count: 0 } });
    expect(again.data.count).toBe(7);
  });

  it('changes one update at a time: none is lost', async () => {
    const { path, document } = await counter();
    await Promise.all(Array.from({ length: 50 }, () => document.update(({ count }) => ({ count: count + 1 }))));
    expect(document.data.count).toBe(50);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ count: 50 });
  });

  it('reads what was edited meanwhile when told', async () => {
    const { path, document } = await counter();
    await writeFile(path, '{"count":3}');
    expect(document.data.count).toBe(0);
    expect(await document.reload()).toEqual({ count: 3 });
    await rm(path);
    expect(await document.reload()).toEqual({ count: 0 });
    expect(document.exists).toBe(false);
  });

  it.each(['', '{', '{"count":"many"}', 'null'])('that holds %j is refused, named and left alone', async (text) => {
    const { path, document } = await counter();
    await writeFile(path, text);
    await expect(document.reload()).rejects.toMatchObject({ code: 'store.document', details: { path } });
    expect(await codeOf(openDocument(path, { parse, initial: { count: 0 } }))).toBe('store.document');
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('stays as it was, in memory and on disk, when it can’t be written', async () => {
    const { path, document } = await counter();
    await document.update(() => ({ count: 1 }));
    await rm(path);
    await mkdir(join(path, 'in the way'), { recursive: true });
    expect(await codeOf(document.update(() => ({ count: 2 })))).toBe('store.io');
    expect(document.data.count).toBe(1);
    expect(await readdir(join(path, '..'))).toEqual(['counter.json']);
    await rm(path, { recursive: true });
    await document.update(({ count }) => ({ count: count + 1 }));
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ count: 2 });
  });

  it('stays as it was when the change throws', async () => {
    const { document } = await counter();
    await expect(
      document.update((draft) => {
        draft.count = 9;
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(document.data.count).toBe(0);
    await document.update(() => ({ count: 1 }));
    expect(document.data.count).toBe(1);
  });
});

describe('a durable write', () => {
  it('replaces a file of any mode by a private one', async () => {
    const path = join(await temporaryDirectory(), 'file');
    await writeFile(path, 'old');
    await chmod(path, 0o644);
    await writeDurably(path, 'new');
    expect(await readFile(path, 'utf8')).toBe('new');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('that is exclusive lets one of many win, and leaves no temporary file', async () => {
    const path = join(await temporaryDirectory(), 'file');
    const writes = Array.from({ length: 10 }, (_, n) => codeOf(writeDurably(path, `${n}`, { exclusive: true })));
    const codes = await Promise.all(writes);
    expect(codes.filter((code) => code === 'nothing was thrown')).toHaveLength(1);
    expect(codes.filter((code) => code === 'EEXIST')).toHaveLength(9);
    expect(await readFile(path, 'utf8')).toBe(`${codes.indexOf('nothing was thrown')}`);
    expect(await readdir(join(path, '..'))).toEqual(['file']);
  });

  it('into a directory that isn’t there is an error', async () => {
    const path = join(await temporaryDirectory(), 'none', 'file');
    expect(await codeOf(writeDurably(path, 'x'))).toBe('store.io');
  });
});

describe('the sweep of interrupted writes', () => {
  it('removes the names that a write makes, and nothing else', async () => {
    const directory = await temporaryDirectory();
    const ours = temporaryPath(join(directory, 'snapshot'));
    const others = [
      '.draft.tmp',
      '.snapshot.12.tmp',
      'snapshot.1.0123456789ab.tmp',
      '.a.1.0123456789AB.tmp',
      'notes.txt',
    ];
    for (const path of [ours, ...others.map((name) => join(directory, name))]) await writeFile(path, '');
    await sweepTemporary(directory);
    expect((await readdir(directory)).sort()).toEqual(others.sort());
  });

  it('leaves what a process that runs may be writing, and files of other names', async () => {
    const directory = await temporaryDirectory();
    const dead = '.config.json.2147483647.0123456789ab.tmp';
    const others = [`.config.json.${process.ppid}.0123456789ab.tmp`, '.notes.2147483647.0123456789ab.tmp'];
    for (const name of [dead, ...others]) await writeFile(join(directory, name), '');
    await sweepTemporary(directory, { names: ['config.json'], shared: true });
    expect((await readdir(directory)).sort()).toEqual(others.sort());
  });
});
