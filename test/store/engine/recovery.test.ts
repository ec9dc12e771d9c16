import {
  appendFile,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actionId as idOf } from '../../../src/protocol/content-id.ts';
import { openKeyCache } from '../../../src/store/cache/key-cache.ts';
import { type FileStoreOptions, openFileStore } from '../../../src/store/engine/store.ts';
import type { ActionEvent } from '../../../src/store/model/events.ts';
import type { Store } from '../../../src/store/model/store-interface.ts';
import { action, codeOf, TENANT, temporaryHome } from '../../support/store-fixtures.ts';

interface Filled {
  root: string;
  events: ActionEvent[];
  /** The first segment. */
  segment: string;
  /** Offsets of its lines, and its end. */
  offsets: number[];
}

/** A home with actions, one record each, closed. */
async function filled(
  count: number,
  { keepIndex = false, ...options }: FileStoreOptions & { keepIndex?: boolean } = {},
): Promise<Filled> {
  const root = await temporaryHome();
  const store = await openFileStore(root, options);
  const events = Array.from({ length: count }, (_, n) => action({ c: `${n}`, iat: n }));
  for (const event of events) await store.append([event]);
  await store.close();
  if (!keepIndex) await rm(join(root, 'index', 'snapshot'));
  const segment = join(root, 'journal', '000001.ndjson');
  const bytes = await readFile(segment);
  const offsets = [0];
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, end + 1)) offsets.push(end + 1);
  return { root, events, segment, offsets };
}

/** Which of the actions can be read. */
async function readable(store: Store, events: ActionEvent[]): Promise<boolean[]> {
  return Promise.all(
    events.map(async ({ actionId }) => (await store.action(TENANT, actionId).catch(() => null)) !== null),
  );
}

async function overwrite(path: string, offset: number, bytes: string | Buffer): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(Buffer.from(bytes), 0, undefined, offset);
  await file.close();
}

describe('a torn tail', () => {
  it('is cut, kept beside and reported; appending goes on behind the last good record', async () => {
    const { root, events, segment, offsets } = await filled(3);
    const torn = '{"h":"half a record';
    await appendFile(segment, torn);
    const store = await openFileStore(root);
    const keptAt = join(root, 'journal', `000001.torn-${offsets[3]}`);
    expect(store.recovery).toMatchObject({ tornBytes: torn.length, keptAt, damaged: [] });
    expect(await readFile(keptAt, 'utf8')).toBe(torn);
    expect((await stat(keptAt)).mode & 0o777).toBe(0o600);
    expect((await stat(segment)).size).toBe(offsets[3]);
    expect(await readable(store, events)).toEqual([true, true, true]);
    const more = action({ c: 'more' });
    await store.append([more]);
    await store.close();
    const again = await openFileStore(root);
    expect(again.recovery).toMatchObject({ tornBytes: 0, damaged: [] });
    expect(await again.check()).toMatchObject({ records: 4, findings: [] });
    await again.close();
  });

  it('of any length leaves the records before it, and says how much was cut', { timeout: 60_000 }, async () => {
    const { root, events, segment, offsets } = await filled(4);
    const whole = await readFile(segment);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length }), async (length) => {
        await rm(join(root, 'journal'), { recursive: true });
        await mkdir(join(root, 'journal'), { mode: 0o700 });
        await writeFile(segment, whole.subarray(0, length));
        const store = await openFileStore(root);
        const good = offsets.filter((offset) => offset > 0 && offset <= length).length;
        expect(store.recovery.tornBytes).toBe(length - (offsets[good] ?? 0));
        expect(store.recovery.damaged).toEqual([]);
        expect(await readable(store, events)).toEqual(events.map((_, n) => n < good));
        await store.close();
        await rm(join(root, 'index', 'snapshot'), { force: true });
      }),
      { numRuns: 40 },
    );
  });

  it('keeps each cut under its own name', async () => {
    const { root, segment, offsets } = await filled(1);
    for (let n = 0; n < 2; n += 1) {
      await appendFile(segment, 'torn');
      await (await openFileStore(root)).close();
    }
    const names = (await readdir(join(root, 'journal'))).filter((name) => name.includes('torn'));
    expect(names.sort()).toEqual([`000001.torn-${offsets[1]}`, `000001.torn-${offsets[1]}-2`]);
  });

  it('that holds whole lines is reported as damage too: they may have been acknowledged', async () => {
    const { root, events, segment, offsets } = await filled(3);
    await overwrite(segment, (offsets[2] ?? 0) + 100, 'X');
    const store = await openFileStore(root);
    expect(store.recovery).toMatchObject({
      tornBytes: (offsets[3] ?? 0) - (offsets[2] ?? 0),
      damaged: [{ segment: '000001.ndjson', offset: offsets[2] }],
    });
    expect(await readable(store, events)).toEqual([true, true, false]);
    await store.close();
  });
});

describe('damage in the middle', () => {
  it.each([
    ['a flipped byte', (bytes: Buffer, at: number) => bytes.fill('X', at + 100, at + 101)],
    ['a flipped hash', (bytes: Buffer, at: number) => bytes.fill('_', at + 10, at + 12)],
    ['zeros, as after a power cut', (bytes: Buffer, at: number) => bytes.fill(0, at, at + 64)],
    ['a lost line end', (bytes: Buffer, at: number) => bytes.fill(' ', at - 1, at)],
    ['a line end too many', (bytes: Buffer, at: number) => bytes.fill('\n', at + 50, at + 51)],
  ])('(%s) is reported, and the good records around it stay', async (name, damage) => {
    const { root, events, segment, offsets } = await filled(6);
    const bytes = await readFile(segment);
    const at = offsets[3] ?? 0;
    damage(bytes, at);
    await writeFile(segment, bytes);
    const store = await openFileStore(root);
    expect(store.recovery.tornBytes).toBe(0);
    expect(store.recovery.damaged.length).toBeGreaterThan(0);
    const start = name === 'a lost line end' ? offsets[2] : at;
    expect(store.recovery.damaged[0]).toMatchObject({ segment: '000001.ndjson', offset: start });
    const lost = name === 'a lost line end' ? [2, 3] : [3];
    expect(await readable(store, events)).toEqual(events.map((_, n) => !lost.includes(n)));
    expect((await store.check()).findings.length).toBeGreaterThan(0);
    await store.append([action({ c: 'goes on' })]);
    await store.close();
    const again = await openFileStore(root);
    expect(again.recovery.snapshot).toBe('used');
    expect(again.recovery.damaged).toEqual(store.recovery.damaged);
    await again.close();
  });

  it('is forgotten by a sound check, and says until then what was not read', async () => {
    const { root, segment, offsets } = await filled(6, { keepIndex: true });
    const whole = await readFile(segment);
    await overwrite(segment, (offsets[3] ?? 0) + 100, 'X');
    const store = await openFileStore(root);
    expect(store.recovery).toMatchObject({ snapshot: 'used', unread: 6, replayed: 0, damaged: [] });
    expect((await store.check()).findings.length).toBeGreaterThan(0);
    expect(store.recovery.damaged).toHaveLength(1);
    await store.close();
    const again = await openFileStore(root);
    expect(again.recovery).toMatchObject({ unread: 6, damaged: store.recovery.damaged });
    await writeFile(segment, whole);
    expect((await again.check()).findings).toEqual([]);
    expect(again.recovery).toMatchObject({ unread: 0, damaged: [] });
    await again.close();
    const last = await openFileStore(root);
    expect(last.recovery.damaged).toEqual([]);
    await last.close();
  });

  it('never passes for something else: any flipped byte is found', { timeout: 120_000 }, async () => {
    const { root, events, segment, offsets } = await filled(4);
    const whole = await readFile(segment);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const bytes = Buffer.from(whole);
        bytes[at] = (bytes[at] as number) ^ mask;
        await writeFile(segment, bytes);
        await rm(join(root, 'index', 'snapshot'), { force: true });
        const store = await openFileStore(root);
        const { tornBytes, damaged } = store.recovery;
        expect(tornBytes > 0 || damaged.length > 0).toBe(true);
        const found = await readable(store, events);
        const hit = offsets.findLastIndex((offset) => offset <= at);
        expect(found[hit]).toBe(false);
        // A line end that is gone takes the record behind it along.
        expect(found.filter((there, n) => !there && n !== hit && n !== hit + 1)).toEqual([]);
        await store.close();
      }),
      { numRuns: 60 },
    );
  });

  it('is found when a record is gone altogether, by its number', async () => {
    const { root, events, segment, offsets } = await filled(5);
    const bytes = await readFile(segment);
    await writeFile(segment, Buffer.concat([bytes.subarray(0, offsets[1]), bytes.subarray(offsets[3])]));
    const store = await openFileStore(root);
    expect(store.recovery.damaged).toMatchObject([{ offset: offsets[1], reason: expect.stringMatching(/2 to 3/) }]);
    expect(await readable(store, events)).toEqual([true, false, false, true, true]);
    expect((await store.check()).findings).toMatchObject([{ kind: 'sequence' }]);
    await store.close();
  });

  it('is found when a whole segment is gone', async () => {
    const { root, events } = await filled(9, { segmentBytes: 1000 });
    await rm(join(root, 'journal', '000002.ndjson'));
    const store = await openFileStore(root);
    expect(store.recovery.damaged.map(({ segment }) => segment)).toContain('000002.ndjson');
    const found = await readable(store, events);
    expect(found[0]).toBe(true);
    expect(found.at(-1)).toBe(true);
    expect(found.includes(false)).toBe(true);
    await store.close();
  });

  it('that appears while the store is open fails that read only, and is named by lists and the check', async () => {
    const { root, events, segment, offsets } = await filled(5, { keepIndex: true });
    const store = await openFileStore(root);
    await overwrite(segment, (offsets[2] ?? 0) + 200, 'XX');
    const id = events[2]?.actionId ?? '';
    expect(await codeOf(store.action(TENANT, id))).toBe('store.damaged');
    const list = await store.list(TENANT, { limit: 10 });
    expect(list.actions).toHaveLength(4);
    expect(list.damaged).toMatchObject([{ actionId: id }]);
    expect((await store.check()).findings).toMatchObject([{ kind: 'record', offset: offsets[2] }]);
    await store.close();
  });

  it('at the very end while open is found by the check, which ends', async () => {
    const { root, segment, offsets } = await filled(3, { keepIndex: true });
    const store = await openFileStore(root);
    await overwrite(segment, (offsets[2] ?? 0) + 200, 'XX');
    expect((await store.check()).findings).toContainEqual(
      expect.objectContaining({ kind: 'record', offset: offsets[2] }),
    );
    await truncate(segment, offsets[1]);
    expect((await store.check()).findings).toContainEqual(
      expect.objectContaining({ kind: 'record', offset: offsets[1] }),
    );
    await store.close();
  });

  it('a token swapped for another, with a right hash, is found by the check', async () => {
    const { root, events } = await filled(2);
    const store = await openFileStore(root);
    const { encodeLine, eventsJson, recordTail } = await import('../../../src/store/journal/record-line.ts');
    const wrong = { ...(events[0] as ActionEvent), actionId: action({ c: 'wrong' }).actionId };
    await store.close();
    await rm(join(root, 'index', 'snapshot'), { force: true });
    await appendFile(join(root, 'journal', '000001.ndjson'), encodeLine(3, recordTail(1, eventsJson([wrong]))));
    const again = await openFileStore(root);
    expect((await again.check()).findings).toMatchObject([{ kind: 'action', id: wrong.actionId }]);
    await again.close();
  });

  it('a record of a later version is reported, not skipped', async () => {
    const { root } = await filled(1);
    const { encodeLine } = await import('../../../src/store/journal/record-line.ts');
    const tail = ',"at":1,"e":[{"kind":"hologram","tenant":"bob.example"}]}';
    await appendFile(join(root, 'journal', '000001.ndjson'), encodeLine(2, tail));
    const store = await openFileStore(root);
    expect(store.recovery.damaged).toMatchObject([{ reason: expect.stringContaining('hologram') }]);
    await store.close();
  });
});

describe('the saved index', () => {
  it('is used, and only what is new is read', async () => {
    const { root, events } = await filled(20, { keepIndex: true });
    const store = await openFileStore(root);
    expect(store.recovery).toMatchObject({ snapshot: 'used', replayed: 0 });
    expect(await readable(store, events)).toEqual(events.map(() => true));
    await store.append([action({ c: 'new' })]);
    expect((await store.check()).findings).toEqual([]);
    await store.close();
  });

  it('is saved while open, and what came after it is read at the next start', async () => {
    const root = await temporaryHome();
    const store = await openFileStore(root, { saveEvery: 10 });
    for (let n = 0; n < 25; n += 1) await store.append([action({ c: `${n}`, t: 'FLLW', aud: TENANT, iat: n })]);
    await expect.poll(() => readdir(join(root, 'index'))).toContain('snapshot');
    // As after a kill: not closed.
    const again = await openFileStore(root);
    expect(again.recovery.snapshot).toBe('used');
    expect(again.recovery.replayed).toBeGreaterThan(0);
    expect(again.recovery.replayed).toBeLessThan(25);
    expect(await again.check()).toMatchObject({ records: 25, findings: [] });
    await again.close();
    await store.close();
  });

  it('with one byte changed is thrown away, and the index made anew', { timeout: 60_000 }, async () => {
    const { root, events } = await filled(5, { keepIndex: true });
    const path = join(root, 'index', 'snapshot');
    const whole = await readFile(path);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (at) => {
        const bytes = Buffer.from(whole);
        bytes[at] = (bytes[at] as number) ^ 1;
        await writeFile(path, bytes);
        const store = await openFileStore(root);
        expect(store.recovery).toMatchObject({ snapshot: 'rejected', replayed: 5, damaged: [] });
        expect(await readable(store, events)).toEqual(events.map(() => true));
        await store.close();
      }),
      { numRuns: 40 },
    );
  });

  it.each([0, 1, 50, 400])('cut to %i bytes is thrown away', async (length) => {
    const { root } = await filled(3, { keepIndex: true });
    await truncate(join(root, 'index', 'snapshot'), length);
    const store = await openFileStore(root);
    expect(store.recovery).toMatchObject({ snapshot: 'rejected', replayed: 3 });
    await store.close();
  });

  it('of another journal is thrown away', async () => {
    const [one, two] = [await filled(3, { keepIndex: true }), await filled(3, { keepIndex: true })];
    await rename(join(one.root, 'index', 'snapshot'), join(two.root, 'index', 'snapshot'));
    const store = await openFileStore(two.root);
    expect(store.recovery.snapshot).toBe('rejected');
    expect(await readable(store, two.events)).toEqual([true, true, true]);
    expect((await store.check()).findings).toEqual([]);
    await store.close();
  });

  it('tells that acknowledged records at the end are gone', async () => {
    const { root, segment, offsets, events } = await filled(4, { keepIndex: true });
    await truncate(segment, offsets[2]);
    const store = await openFileStore(root);
    expect(store.recovery.snapshot).toBe('rejected');
    expect(store.recovery.damaged.length).toBeGreaterThan(0);
    expect(await readable(store, events)).toEqual([true, true, false, false]);
    await store.close();
  });

  it('that differs from the journal is found by the check', async () => {
    const { root } = await filled(3, { keepIndex: true });
    const store = await openFileStore(root);
    const { dumpIndex, readSnapshot, writeSnapshot } = await import('../../../src/store/index/snapshot.ts');
    const path = join(root, 'index', 'snapshot');
    const found = await readSnapshot(path);
    if (!('index' in found)) throw new Error('no index');
    found.index.tenant(TENANT).actions.setStatus(1, 'D');
    await writeSnapshot(path, dumpIndex(found.index), []);
    expect((await store.check()).findings).toMatchObject([{ kind: 'index' }]);
    await store.rebuild();
    expect((await store.check()).findings).toEqual([]);
    await store.close();
  });

  it('that is made anew while something is appended is not saved as it was', async () => {
    const root = await temporaryHome();
    const { dumpIndex, readSnapshot, writeSnapshot } = await import('../../../src/store/index/snapshot.ts');
    const before = await openFileStore(root);
    const event = action({});
    // Reading it all takes longer than one append.
    await before.append([event, ...Array.from({ length: 3000 }, (_, n) => action({ iat: n }))]);
    await before.close();
    const path = join(root, 'index', 'snapshot');
    const found = await readSnapshot(path);
    if (!('index' in found)) throw new Error('no index');
    found.index.tenant(TENANT).actions.setStatus(0, 'D');
    await writeSnapshot(path, dumpIndex(found.index), []);
    const store = await openFileStore(root, { saveEvery: 2 });
    expect(store.row(TENANT, event.actionId)?.status).toBe('D');
    await Promise.all([store.rebuild(), store.append([action({ c: 'meanwhile' })])]);
    expect(store.row(TENANT, event.actionId)?.status).toBe('A');
    await store.close();
    const again = await openFileStore(root);
    expect(again.row(TENANT, event.actionId)?.status).toBe('A');
    await again.close();
  });

  it('keeps the other IDs of an action', async () => {
    const root = await temporaryHome();
    const store = await openFileStore(root);
    const event = action({});
    const token = `${event.token.slice(0, event.token.lastIndexOf('.'))}.${'A'.repeat(128)}`;
    const comment = action({ t: 'CMNT', p: idOf(token), c: 'hi' });
    await store.append([event, { kind: 'alias', tenant: TENANT, actionId: idOf(token), token, at: 1 }, comment]);
    await store.close();
    const again = await openFileStore(root);
    expect(again.recovery).toMatchObject({ snapshot: 'used', replayed: 0 });
    expect((await again.action(TENANT, idOf(token)))?.token).toBe(token);
    expect(again.aliases(TENANT, event.actionId)).toBe(1);
    expect(await again.count(TENANT, { parent: event.actionId })).toBe(1);
    expect((await again.check()).findings).toEqual([]);
    await again.close();
  });

  it('keeps everything: deliveries, parked tokens, relations, names, files, attachments', async () => {
    const root = await temporaryHome();
    const store = await openFileStore(root);
    const file = `f1~${'A'.repeat(43)}`;
    const one = action({ a: [`f1~${'E'.repeat(43)}`, file], v: 'P' }, { direction: 'out' });
    const rest = { tenant: TENANT, at: 1 };
    await store.append([
      one,
      action({ t: 'FLLW', aud: TENANT, iat: 5 }),
      { kind: 'relation', peer: 'a.example', following: true, follower: false, connected: true, ...rest },
      { kind: 'peer', idTag: 'a.example', name: 'A', type: 'community', ...rest },
      { kind: 'file', fileId: file, descriptor: 'd2,', fileName: 'n', contentType: 't', ...rest },
      {
        kind: 'fetch',
        fileId: `f1~${'B'.repeat(43)}`,
        from: 'a.example',
        state: 'queued',
        attempts: 1,
        nextAt: 9,
        error: { code: 'peer.error', message: 'y', stage: 'response', blame: 'us', retryAt: 7, facts: { status: 502 } },
        ...rest,
      },
      {
        kind: 'delivery',
        actionId: one.actionId,
        to: 'a.example',
        state: 'queued',
        attempts: 2,
        nextAt: 9,
        related: ['r'],
        error: { code: 'peer.error', message: 'y', stage: 'response', blame: 'us', retryAt: 7, facts: { status: 502 } },
        ...rest,
      },
      { kind: 'delivery', actionId: one.actionId, to: 'b.example', state: 'delivered', attempts: 1, ...rest },
      {
        kind: 'deliveries',
        actionId: one.actionId,
        to: ['a.example', 'c.example'],
        nextAt: 7,
        related: ['s'],
        ...rest,
      },
      {
        kind: 'parked',
        actionId: one.actionId,
        token: one.token,
        issuer: 'z.example',
        attempts: 0,
        nextAt: 3,
        ...rest,
      },
    ]);
    const seen = (from: Store): unknown => [
      from.relations(TENANT),
      from.peer(TENANT, 'a.example'),
      from.files(TENANT),
      from.attachedBy(TENANT, file),
      from.deliveries(),
      from.deliveryCounts(),
      from.deliveryQueue(),
      from.failedDeliveries(5),
      from.deliveriesWaitingFor('a.example', 9),
      from.deliveries({ state: 'queued', order: 'newest' }),
      from.deliveries({ actionId: one.actionId, order: 'newest' }),
      from.relationCounts(TENANT),
      [...from.attachedFiles(TENANT, 0), ...from.attachmentsOf(TENANT, one.actionId)],
      from.openCircuits(10),
      from.nextDeliveryAt(6),
      [...from.dueDeliveries(TENANT, 8), ...from.dueDeliveries(TENANT, 9, 'half-open')],
      from.parked(),
      Array.from(from.rows(TENANT, {})),
      from.byKey(TENANT, `FLLW:alice.example:${TENANT}`),
      { ...from.stats(), writable: true },
    ];
    const before = seen(store);
    await store.close();
    const again = await openFileStore(root);
    expect(again.recovery.snapshot).toBe('used');
    expect(seen(again)).toEqual(before);
    expect(await again.deliveryRelated({ tenant: TENANT, actionId: one.actionId, to: 'a.example' })).toEqual(['r']);
    expect(await again.deliveryRelated({ tenant: TENANT, actionId: one.actionId, to: 'c.example' })).toEqual(['s']);
    expect(again.openCircuits(10)).toMatchObject([{ peer: 'a.example', failures: 1 }]);
    expect(await again.parkedTokens(TENANT, one.actionId)).toEqual({ token: one.token, related: [] });
    expect(again.duplicateOf(TENANT, one.token)).toBe(one.actionId);
    await again.append([action({ t: 'FLLW', aud: TENANT, iat: 6 })]);
    expect((await again.check()).findings).toEqual([]);
    await again.close();
  });
});

describe('an index that can’t be read', () => {
  it.each(['a directory', 'a link to itself', 'an empty file'])('is made anew: %s in its place', async (what) => {
    const { root, events } = await filled(3, { keepIndex: true });
    const path = join(root, 'index', 'snapshot');
    await rm(path);
    if (what === 'a directory') await mkdir(join(path, 'full'), { recursive: true });
    else await (what === 'an empty file' ? writeFile(path, '') : symlink('snapshot', path));
    const warned: string[] = [];
    const store = await openFileStore(root, { log: (level, message) => level === 'warn' && warned.push(message) });
    expect(store.recovery).toMatchObject({ snapshot: 'rejected', replayed: 3, damaged: [] });
    expect(warned).toEqual(
      [
        'The saved index was damaged, and is made anew',
        ...(what === 'a directory' ? ['A damaged cache was set aside'] : []),
      ].reverse(),
    );
    expect(await readable(store, events)).toEqual([true, true, true]);
    await store.close();
    const again = await openFileStore(root);
    expect(again.recovery.snapshot).toBe('used');
    await again.close();
  });

  it('has a new directory when something else is in its place', async () => {
    const { root, events } = await filled(3, { keepIndex: true });
    await rm(join(root, 'index'), { recursive: true });
    await writeFile(join(root, 'index'), 'x');
    const warned: string[] = [];
    const store = await openFileStore(root, { log: (level, message) => level === 'warn' && warned.push(message) });
    expect(warned).toEqual(['A damaged cache was set aside']);
    expect(await readable(store, events)).toEqual([true, true, true]);
    await store.close();
    expect(await readdir(join(root, 'index'))).toEqual(['snapshot']);
  });
});

it('opens a backup without index and cache, but not one without a journal', async () => {
  const { root, events } = await filled(3);
  for (const folder of ['index', 'cache']) await rm(join(root, folder), { recursive: true });
  const store = await openFileStore(root);
  expect(await readable(store, events)).toEqual([true, true, true]);
  await store.close();
  const cache = await openKeyCache(root);
  cache.put({ idTag: 'alice.example', keys: [], fetchedAt: 1 });
  await cache.close();
  expect((await readdir(root)).sort()).toEqual(['blobs', 'cache', 'home.json', 'identities', 'index', 'journal']);
  expect((await stat(join(root, 'index'))).mode & 0o777).toBe(0o700);
  await rm(join(root, 'journal'), { recursive: true });
  expect(await codeOf(openFileStore(root))).toBe('store.io');
});

it('sweeps up what interrupted writes left, and nothing else', async () => {
  const { root } = await filled(1, { keepIndex: true });
  await writeFile(join(root, 'index', '.snapshot.1.0123456789ab.tmp'), 'half');
  await writeFile(join(root, 'blobs', '.blob.1.0123456789ab.tmp'), 'half');
  await writeFile(join(root, 'index', 'mine.tmp'), 'whole');
  await (await openFileStore(root)).close();
  expect((await readdir(join(root, 'index'))).sort()).toEqual(['mine.tmp', 'snapshot']);
  expect(await readdir(join(root, 'blobs'))).toEqual([]);
});

describe('segments', () => {
  it('roll, and are read across', async () => {
    const { root, events } = await filled(30, { segmentBytes: 1500 });
    const names = await readdir(join(root, 'journal'));
    expect(names.length).toBeGreaterThan(5);
    const store = await openFileStore(root, { segmentBytes: 1500 });
    expect(await readable(store, events)).toEqual(events.map(() => true));
    expect(store.stats()).toMatchObject({ segments: names.length, records: 30 });
    let bytes = 0;
    for (const name of names) bytes += (await stat(join(root, 'journal', name))).size;
    expect(store.stats().journalBytes).toBe(bytes);
    expect((await store.check()).findings).toEqual([]);
    await store.close();
  });

  it('more than may be open at once are read all the same', async () => {
    const { root, events } = await filled(80, { segmentBytes: 1 });
    const store = await openFileStore(root);
    for (let round = 0; round < 3; round += 1) expect(await readable(store, events)).toEqual(events.map(() => true));
    await store.close();
  });

  it('open an empty last one, as a crash right after the roll leaves it', async () => {
    const { root } = await filled(4, { segmentBytes: 1000 });
    const last = (await readdir(join(root, 'journal'))).length;
    await writeFile(join(root, 'journal', `00000${last + 1}.ndjson`), '', { mode: 0o600 });
    const store = await openFileStore(root);
    expect(store.recovery).toMatchObject({ tornBytes: 0, damaged: [] });
    await store.append([action({ c: 'new' })]);
    expect((await store.check()).findings).toEqual([]);
    await store.close();
    const again = await openFileStore(root);
    expect(again.recovery).toMatchObject({ snapshot: 'used', damaged: [] });
    await again.close();
  });
});
