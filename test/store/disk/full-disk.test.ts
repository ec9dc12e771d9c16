import { execFileSync, spawnSync } from 'node:child_process';
import { appendFile, mkdir, open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openFileStore } from '../../../src/store/engine/store.ts';
import { createHome } from '../../../src/store/home/home.ts';
import type { ActionEvent } from '../../../src/store/model/events.ts';
import { childScript } from '../../support/child-process.ts';
import { action, codeOf, TENANT, temporaryDirectory, temporaryHome } from '../../support/store-fixtures.ts';

const script = childScript('store/children/append-until-full.ts');

interface Told {
  stored: string[];
  codes: string[];
  applied: number;
  readable: number;
  writable: boolean;
  findings: unknown[];
  blob: string;
  names: string[];
}

describe('no room', { timeout: 60_000 }, () => {
  const expectations = async (told: Told, root: string): Promise<void> => {
    expect(told.codes).toEqual(['store.full true']);
    expect(told.applied).toBe(0);
    expect(told.readable).toBe(told.stored.length);
    expect(told.stored.length).toBeGreaterThan(10);
    expect(told.writable).toBe(true);
    expect(told.findings).toEqual([]);
    expect(told.blob).toBe('store.full');
    expect(told.names).toEqual([]);
    expect(await readdir(join(root, 'blobs'))).toEqual([]);
    const store = await openFileStore(root);
    expect(store.recovery).toMatchObject({ tornBytes: 0, damaged: [] });
    expect(told.stored.filter((id) => store.row(TENANT, id) === null)).toEqual([]);
    expect(store.stats().actions).toBe(told.stored.length);
    await store.close();
  };

  it('(a limit on file sizes): refused, nothing applied, everything before stays readable', async () => {
    const root = await temporaryHome();
    const limit = `ulimit -f 64; exec "${process.execPath}" "${await script()}" "${root}"`;
    const { stdout } = spawnSync('sh', ['-c', limit], { encoding: 'utf8' });
    await expectations(JSON.parse(stdout) as Told, root);
  });

  it('(a full file system): refused, nothing applied, and goes on when there is room again', async (context) => {
    const mount = await temporaryDirectory();
    if (!mounted(mount)) context.skip('needs root and the right to mount a tmpfs');
    const root = join(mount, 'home');
    await createHome(root, new Date());
    const { stdout } = spawnSync(process.execPath, [await script(), root], { encoding: 'utf8' });
    await expectations(JSON.parse(stdout) as Told, root);
    const filler = join(mount, 'filler');
    const store = await openFileStore(root);
    await fill(filler);
    expect(await codeOf(store.append([action({ c: 'x'.repeat(20_000) })]))).toBe('store.full');
    await writeFile(filler, '');
    const event = action({ c: 'room again' });
    await store.append([event]);
    expect(await store.action(TENANT, event.actionId)).not.toBeNull();
    await store.close();
  });

  it('(for the torn end): it stays where it is, nothing is appended behind it, reading goes on', async (context) => {
    const mount = await temporaryDirectory();
    if (!mounted(mount)) context.skip('needs root and the right to mount a tmpfs');
    const root = join(mount, 'home');
    await createHome(root, new Date());
    const first = await openFileStore(root);
    const event = action({});
    await first.append([event]);
    await first.close();
    const segment = join(root, 'journal', '000001.ndjson');
    await appendFile(segment, 'x'.repeat(5000));
    await fill(join(mount, 'filler'));
    const { size } = await stat(segment);
    const store = await openFileStore(root);
    expect(store.recovery.tornBytes).toBe(5000);
    expect(store.recovery.keptAt).toBeUndefined();
    expect(store.stats().writable).toBe(false);
    expect(await codeOf(store.append([action({ c: 'more' })]))).toBe('store.full');
    expect(await store.action(TENANT, event.actionId)).not.toBeNull();
    await store.close();
    expect((await stat(segment)).size).toBe(size);
    expect((await readdir(join(root, 'journal'))).sort()).toEqual(['000001.ndjson']);
    await writeFile(join(mount, 'filler'), '');
    const again = await openFileStore(root);
    expect(again.recovery).toMatchObject({ tornBytes: 5000, keptAt: expect.stringContaining('.torn-') });
    await again.append([action({ c: 'more' })]);
    await again.close();
  });
});

function mounted(path: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=0700', 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    return false;
  }
  onTestFinished(() => {
    execFileSync('umount', ['-l', path]);
  });
  return true;
}

async function fill(path: string): Promise<void> {
  for (const size of [4096, 1]) {
    for (let room = true; room; )
      room = await appendFile(path, 'x'.repeat(size)).then(
        () => true,
        () => false,
      );
  }
}

/** What every open file is an instance of: its calls can be made to fail as a broken disk would make them. */
async function fileHandles(): Promise<{ datasync(): Promise<void>; truncate(length: number): Promise<void> }> {
  const file = await open('/dev/null');
  await file.close();
  return Object.getPrototypeOf(file);
}

const broken = (): Promise<never> => Promise.reject(Object.assign(new Error('i/o error'), { code: 'EIO' }));

describe('a failed sync', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('is everybody’s error; what was written is withdrawn, and who comes behind is stored in its place', async () => {
    const root = await temporaryHome();
    const store = await openFileStore(root);
    const before = action({ c: 'before' });
    await store.append([before]);
    const lost = Array.from({ length: 5 }, (_, n) => action({ c: `lost ${n}` }));
    const behind = Array.from({ length: 5 }, (_, n) => action({ c: `behind ${n}` }));
    let codes: Promise<string>[] = [];
    let stored: Promise<string>[] = [];
    const add = (events: ActionEvent[]): Promise<string>[] => events.map((event) => codeOf(store.append([event])));
    // What is appended while a sync runs goes into one group.
    vi.spyOn(await fileHandles(), 'datasync')
      .mockImplementationOnce(async () => {
        codes = add(lost);
      })
      .mockImplementationOnce(() => {
        stored = add(behind);
        return broken();
      });
    await store.append([action({ c: 'first' })]);
    expect(await Promise.all(codes)).toEqual(Array.from({ length: 5 }, () => 'store.io'));
    expect(await Promise.all(stored)).toEqual(Array.from({ length: 5 }, () => 'nothing was thrown'));
    expect(lost.map((event) => store.row(TENANT, event.actionId))).toEqual([null, null, null, null, null]);
    for (const event of [before, ...behind]) expect(await store.action(TENANT, event.actionId)).not.toBeNull();
    expect(await store.check()).toMatchObject({ records: 7, findings: [] });
    await store.close();
    const again = await openFileStore(root);
    expect(again.stats()).toMatchObject({ records: 7, actions: 7 });
    expect(again.recovery).toMatchObject({ tornBytes: 0, damaged: [] });
    await again.close();
  });

  it('lets the same action that waited for the first be stored', async () => {
    const store = await openFileStore(await temporaryHome());
    const event = action({ c: 'again' });
    await store.append([action({ c: 'before' })]);
    vi.spyOn(await fileHandles(), 'datasync').mockImplementationOnce(broken);
    const ends = await Promise.all([1, 2, 3].map(() => codeOf(store.append([event]))));
    expect(ends).toEqual(['store.io', 'nothing was thrown', 'store.duplicate']);
    expect(store.row(TENANT, event.actionId)).not.toBeNull();
    await store.close();
  });

  it('twice in a row: nothing is appended any longer, reading goes on, and opening anew mends it', async () => {
    const root = await temporaryHome();
    const store = await openFileStore(root);
    const before = action({ c: 'before' });
    await store.append([before]);
    vi.spyOn(await fileHandles(), 'datasync').mockImplementation(broken);
    expect(await codeOf(store.append([action({ c: 'lost' })]))).toBe('store.io');
    vi.restoreAllMocks();
    expect(await codeOf(store.append([action({ c: 'refused' })]))).toBe('store.io');
    expect(store.stats().writable).toBe(false);
    expect(await store.action(TENANT, before.actionId)).not.toBeNull();
    await store.close();
    const again = await openFileStore(root);
    expect(again.stats()).toMatchObject({ writable: true, actions: 1 });
    await again.append([action({ c: 'after' })]);
    await again.close();
  });

  it('with the good end of the segment gone as well: nothing is appended behind it', async () => {
    const root = await temporaryHome();
    const store = await openFileStore(root);
    await store.append([action({ c: 'before' })]);
    const segment = join(root, 'journal', '000001.ndjson');
    const bytes = await readFile(segment);
    vi.spyOn(await fileHandles(), 'datasync').mockImplementationOnce(async () => {
      await writeFile(segment, bytes.fill(0, bytes.length - 50), { flag: 'r+' });
      return broken();
    });
    expect(await codeOf(store.append([action({ c: 'lost' })]))).toBe('store.io');
    expect(store.stats().writable).toBe(false);
    await store.close();
  });

  it('that can’t be withdrawn: nothing is appended any longer, and reading goes on', async () => {
    const root = await temporaryHome();
    const store = await openFileStore(root);
    const before = action({ c: 'before' });
    await store.append([before]);
    const handles = await fileHandles();
    vi.spyOn(handles, 'datasync').mockImplementationOnce(broken);
    vi.spyOn(handles, 'truncate').mockImplementationOnce(broken);
    const waiting = [1, 2, 3].map((n) => codeOf(store.append([action({ c: `${n}` })])));
    expect(await Promise.all(waiting)).toEqual(['store.io', 'store.io', 'store.io']);
    expect(await codeOf(store.append([action({ c: 'refused' })]))).toBe('store.io');
    expect(await store.action(TENANT, before.actionId)).not.toBeNull();
    expect(await store.count(TENANT, {})).toBe(1);
    await store.close();
  });

  it('in the middle of a write cuts off what was written', async () => {
    const root = await temporaryHome();
    const store = await openFileStore(root);
    await store.append([action({ c: 'before' })]);
    const segment = join(root, 'journal', '000001.ndjson');
    const { size } = await stat(segment);
    const handles = (await fileHandles()) as unknown as {
      write(...args: unknown[]): Promise<{ bytesWritten: number }>;
    };
    const { write } = handles;
    vi.spyOn(handles, 'write')
      .mockImplementationOnce(function (this: unknown, buffer, offset, _length, position) {
        return write.call(this, buffer, offset, 100, position);
      })
      .mockImplementationOnce(() => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })));
    expect(await codeOf(store.append([action({ c: 'lost'.repeat(80_000) })]))).toBe('store.full');
    expect((await stat(segment)).size).toBe(size);
    await store.append([action({ c: 'after' })]);
    expect(await store.check()).toMatchObject({ records: 2, findings: [] });
    await store.close();
  });
});

it('a new segment that can’t be made is an error; the next append tries again', async () => {
  const root = await temporaryHome();
  const store = await openFileStore(root, { segmentBytes: 1 });
  await store.append([action({ c: 'one' })]);
  await mkdir(join(root, 'journal', '000002.ndjson'));
  expect(await codeOf(store.append([action({ c: 'lost' })]))).toBe('store.io');
  expect(await codeOf(store.append([action({ c: 'lost' })]))).toBe('store.io');
  await import('node:fs/promises').then((fs) => fs.rmdir(join(root, 'journal', '000002.ndjson')));
  await store.append([action({ c: 'two' })]);
  expect(await store.check()).toMatchObject({ records: 2, findings: [] });
  await store.close();
});
