import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import types from '../../../src/protocol/action-types.json' with { type: 'json' };
import { actionKey } from '../../../src/protocol/action-types.ts';
import { contentId } from '../../../src/protocol/content-id.ts';
import { openFileStore } from '../../../src/store/engine/store.ts';
import { storedClaims } from '../../../src/store/index/prepare.ts';
import type { JournalEvent } from '../../../src/store/model/events.ts';
import type { Store } from '../../../src/store/model/store-interface.ts';
import { action, codeOf, fakeToken, TENANT, temporaryHome } from '../../support/store-fixtures.ts';

const NOW = 1_800_000_000_000;
const DAY = 86_400_000;
const signal = new AbortController().signal;
const dropped = { now: NOW, endedBefore: NOW - 30 * DAY, signal };

const deleted = (actionId: string): JournalEvent => ({ kind: 'status', tenant: TENANT, actionId, status: 'D', at: 1 });

function delivery(actionId: string, to: string, at: number, rest: Partial<JournalEvent> = {}): JournalEvent {
  return {
    kind: 'delivery',
    tenant: TENANT,
    actionId,
    to,
    state: 'delivered',
    attempts: 1,
    at,
    ...rest,
  } as JournalEvent;
}

async function opened(root: string, options: { segmentBytes?: number } = {}): Promise<Store> {
  const store = await openFileStore(root, options);
  onTestFinished(() => store.close());
  return store;
}

/** The names of all files below that hold one of these texts. */
async function filesWith(root: string, ...texts: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(root, { recursive: true })) {
    const path = join(root, name);
    if (!(await stat(path)).isFile()) continue;
    const bytes = await readFile(path);
    if (texts.some((text) => bytes.includes(text))) found.push(name);
  }
  return found;
}

/** All parts of a token in which its content could be found. */
function partsOf(token: string): string[] {
  const [, payload = '', signature = ''] = token.split('.');
  return [token, payload, payload.slice(-40), signature, Buffer.from(payload, 'base64url').toString()];
}

describe('what is deleted', () => {
  it('is in no file of the home afterwards, whatever named it', async () => {
    const root = await temporaryHome();
    const store = await opened(root, { segmentBytes: 4000 });
    const secret = action({ c: 'a very secret content', aud: TENANT });
    const twin = `${secret.token.slice(0, -20)}${'A'.repeat(20)}`;
    const other = action({ c: 'stays' });
    const { actionId, token } = secret;
    await store.append([secret, delivery(actionId, 'x.example', NOW, { related: [token] } as never)]);
    await store.append([other, delivery(other.actionId, 'x.example', NOW, { related: [token, other.token] } as never)]);
    await store.append([{ kind: 'alias', tenant: TENANT, actionId: contentId('a1', twin), token: twin, at: 1 }]);
    const parked = fakeToken({ c: 'parked' });
    const parking = { attempts: 1, nextAt: 1, at: 1, issuer: 'y.example', related: [token] };
    await store.append([
      { kind: 'parked', tenant: TENANT, actionId: contentId('a1', parked), token: parked, ...parking },
    ]);
    for (let n = 0; n < 40; n += 1) await store.append([action({ c: `filler ${n}` })]);
    await store.append([deleted(actionId)]);
    expect(await filesWith(root, token)).not.toEqual([]);
    const report = await store.compact(dropped);
    expect(report).toMatchObject({ erased: 1, forgotten: 0 });
    expect(report.after).toBeLessThan(report.before);
    const everything = [...partsOf(token), ...partsOf(twin)];
    expect(await filesWith(root, ...everything)).toEqual([]);
    expect((await store.check()).findings).toEqual([]);
    await store.close();
    expect(await filesWith(root, ...everything)).toEqual([]);
    const again = await opened(root);
    // Nothing else is gone, and it isn't taken for new.
    expect((await again.action(TENANT, other.actionId))?.token).toBe(other.token);
    expect(await again.deliveryRelated({ tenant: TENANT, actionId: other.actionId, to: 'x.example' })).toEqual([
      other.token,
    ]);
    expect(again.duplicateOf(TENANT, token)).toBe(actionId);
    expect(again.duplicateOf(TENANT, twin)).toBe(actionId);
    expect(again.row(TENANT, actionId)).toMatchObject({ status: 'D', actionId });
    expect(await again.action(TENANT, actionId)).toBeNull();
    expect(await codeOf(again.append([secret]))).toBe('store.duplicate');
  });

  it('goes from copies of torn tails, too', async () => {
    const { writeFile } = await import('node:fs/promises');
    const root = await temporaryHome();
    const store = await opened(root);
    const [gone, stays] = [action({ c: 'gone' }), action({ c: 'stays' })];
    await store.append([gone, stays, deleted(gone.actionId)]);
    const names = ['000001.torn-5', '000001.torn-5-2', 'mine.torn-5'];
    const torn = ({ actionId, token }: typeof gone) => `{"h":"x","r":{"e":[{"actionId":"${actionId}","token":"${token}`;
    for (const [n, of] of [gone, stays, gone].entries()) {
      await writeFile(join(root, 'journal', names[n] as string), torn(of).slice(0, -20));
    }
    await store.compact(dropped);
    expect((await readdir(join(root, 'journal'))).filter((name) => name.includes('torn')).sort()).toEqual(
      names.slice(1),
    );
  });

  it('of a token that was parked goes, when it is parked no longer', async () => {
    const root = await temporaryHome();
    const store = await opened(root);
    const token = fakeToken({ c: 'parked' });
    const actionId = contentId('a1', token);
    const parking = { attempts: 1, nextAt: 1, at: 1, issuer: 'y.example' };
    await store.append([{ kind: 'parked', tenant: TENANT, actionId, token, ...parking }]);
    await store.compact(dropped);
    expect(await filesWith(root, token)).toHaveLength(1);
    expect((await store.parkedTokens(TENANT, actionId))?.token).toBe(token);
    await store.append([{ kind: 'unparked', tenant: TENANT, actionId, outcome: 'refused', at: 1 }]);
    expect(store.reclaimable(0)).toBe(token.length);
    await store.compact(dropped);
    expect(await filesWith(root, token)).toEqual([]);
    expect(store.reclaimable(0)).toBe(0);
  });

  it('and the file that it alone attached', async () => {
    const store = await opened(await temporaryHome());
    const file = (n: number, owner?: string) => {
      const descriptor = `d2,vis.orig:${contentId('b1', `${n}`)}:f=jpeg:s=5:r=1x1`;
      const rest = { fileName: `${n}`, contentType: 'image/jpeg', ...(owner !== undefined && { owner }), at: 1 };
      return { kind: 'file', tenant: TENANT, fileId: contentId('f1', descriptor), descriptor, ...rest } as const;
    };
    const [alone, shared, own] = [file(1, 'alice.example'), file(2, 'alice.example'), file(3)];
    const post = action({ a: [alone.fileId, shared.fileId, own.fileId] });
    await store.append([alone, shared, own, post, action({ c: 'other', a: [shared.fileId] }), deleted(post.actionId)]);
    expect(await store.compact(dropped)).toMatchObject({ erased: 1, files: 1 });
    expect(store.files(TENANT).map(({ fileId }) => fileId)).toEqual([shared.fileId, own.fileId]);
    expect(store.filesOfBlob(TENANT, contentId('b1', '1'))).toEqual([]);
  });

  it.each(Object.keys(types.types))('goes whatever its type: %s', async (t) => {
    const root = await temporaryHome();
    const store = await opened(root, { segmentBytes: 4000 });
    const c = { name: 'a very secret name', idTag: 'very.secret.example', role: 'moderator' };
    const about = { aud: TENANT, sub: contentId('a1', 'subject'), p: contentId('a1', 'parent') };
    const event = action({ t, c, ...about });
    const other = action({ t, c: { name: 'other', idTag: 'other.example' }, ...about, iss: 'carol.example' });
    await store.append([event, other, deleted(event.actionId)]);
    expect(await store.compact(dropped)).toMatchObject({ erased: 1 });
    const texts = [...partsOf(event.token), 'very secret', 'very.secret'];
    expect(await filesWith(root, ...texts)).toEqual([]);
    await store.close();
    expect(await filesWith(root, ...texts)).toEqual([]);
    const key = actionKey(storedClaims(event.token)) ?? '';
    for (const index of ['saved', 'made anew']) {
      if (index === 'made anew') await rm(join(root, 'index', 'snapshot'));
      const again = await opened(root);
      // What is asked of it without its content is answered as before.
      expect(again.byKey(TENANT, key, 'alice.example')?.actionId ?? null).toBe(key === '' ? null : event.actionId);
      expect(again.row(TENANT, event.actionId)).toMatchObject({ status: 'D', subject: about.sub, audience: TENANT });
      expect(await again.terms(TENANT, event.actionId)).toEqual({ flags: null, role: 'moderator' });
      expect(again.duplicateOf(TENANT, event.token)).toBe(event.actionId);
      expect(await again.action(TENANT, event.actionId)).toBeNull();
      expect((await again.action(TENANT, other.actionId))?.token).toBe(other.token);
      await again.close();
    }
  });
});

describe('what a :DEL with the same key deleted', () => {
  const keyed = Object.entries<{ key?: string; subtypes: string[] }>(types.types)
    .filter(([, { key, subtypes }]) => key !== undefined && subtypes.includes('DEL'))
    .map(([type]) => type);
  const about = { aud: TENANT, sub: contentId('a1', 'subject') };

  it.each(keyed)('goes with all that it replaced: %s', async (type) => {
    const root = await temporaryHome();
    const store = await opened(root, { segmentBytes: 4000 });
    const said = (iat: number, t = type, name = 'one') =>
      action({ t, iat, ...about, c: { name, note: `secret ${iat}` } });
    const gone = [said(1), said(2), said(4)];
    const late = said(3);
    const stays = [
      said(5, `${type}:DEL`),
      said(6),
      action({ t: type, iat: 1, c: { name: 'one' }, ...about, iss: 'c.example' }),
    ];
    await store.append([...gone, ...stays, late]);
    // It replaced the last one and so is counted; the others are found by the compaction.
    expect(store.reclaimable(0)).toBeGreaterThan(0);
    expect(await store.compact({ ...dropped, dryRun: true })).toMatchObject({ erased: 4 });
    expect(await store.compact(dropped)).toMatchObject({ erased: 4 });
    expect(await filesWith(root, ...[...gone, late].flatMap(({ token }) => partsOf(token)))).toEqual([]);
    for (const { actionId, token } of stays) expect((await store.action(TENANT, actionId))?.token).toBe(token);
    expect(await store.compact(dropped)).toMatchObject({ erased: 0, files: 0 });
    expect(store.reclaimable(0)).toBe(0);
  });

  it('stays when another one replaced it, and none deleted it', async () => {
    const store = await opened(await temporaryHome());
    const said = [1, 2, 3].map((iat) => action({ t: 'REACT:LIKE', iat, ...about }));
    await store.append(said);
    expect(await store.compact(dropped)).toMatchObject({ erased: 0 });
    for (const { actionId, token } of said) expect((await store.action(TENANT, actionId))?.token).toBe(token);
  });

  it('takes the files along that nothing else attaches', async () => {
    const store = await opened(await temporaryHome());
    const descriptor = `d2,vis.orig:${contentId('b1', '1')}:f=jpeg:s=5:r=1x1`;
    const fileId = contentId('f1', descriptor);
    const rest = { fileName: '1', contentType: 'image/jpeg', owner: 'alice.example', at: 1 };
    const file = { kind: 'file', tenant: TENANT, fileId, descriptor, ...rest } as const;
    const said = ['REACT:LIKE', 'REACT:DEL'].map((t, iat) =>
      action({ t, iat, ...about, ...(iat === 0 && { a: [fileId] }) }),
    );
    await store.append([file, ...said]);
    expect(await store.compact(dropped)).toMatchObject({ erased: 1, files: 1 });
    expect(store.files(TENANT)).toEqual([]);
  });
});

it.each(['FLLW', 'CONN', 'SUBS', 'INVT', 'CONV'])(
  'keeps a %s that has expired: it goes on having an effect',
  async (t) => {
    const store = await opened(await temporaryHome());
    const event = action({ t, aud: TENANT, exp: 1 });
    await store.append([event]);
    expect(await store.compact(dropped)).toMatchObject({ erased: 0 });
    expect((await store.action(TENANT, event.actionId))?.token).toBe(event.token);
  },
);

it('drops what has expired, once nobody waits for it any more', async () => {
  const store = await opened(await temporaryHome());
  const exp = NOW / 1000 - 61;
  const [gone, waiting, valid] = [action({ c: '1', exp }), action({ c: '2', exp }), action({ c: '3', exp: exp + 2 })];
  await store.append([gone, waiting, valid]);
  await store.append([delivery(waiting.actionId, 'x.example', NOW, { state: 'queued', attempts: 0 } as never)]);
  expect(await store.compact(dropped)).toMatchObject({ erased: 1 });
  expect(await store.action(TENANT, gone.actionId)).toBeNull();
  const { actions } = await store.list(TENANT, { limit: 10 });
  expect(actions.map(({ actionId }) => actionId)).toEqual([valid.actionId, waiting.actionId]);
  expect(await store.count(TENANT, {})).toBe(2);
});

it('keeps the flags of an erased action, by which answers to it are refused', async () => {
  const store = await opened(await temporaryHome());
  const post = action({ c: 'no comments', f: 'c' });
  await store.append([post, deleted(post.actionId)]);
  await store.compact(dropped);
  expect(await store.terms(TENANT, post.actionId)).toEqual({ flags: 'c', role: null });
});

describe('deliveries', () => {
  it('that ended long ago are forgotten; others stay', async () => {
    const root = await temporaryHome();
    const store = await opened(root, { segmentBytes: 3000 });
    const post = action({});
    await store.append([post]);
    for (let n = 0; n < 1200; n += 1) void store.append([delivery(post.actionId, `old${n}.example`, NOW - 31 * DAY)]);
    const failed = { state: 'refused', error: { code: 'peer.refused', message: 'no' } };
    await store.append([delivery(post.actionId, 'refused.example', NOW - 31 * DAY, failed as never)]);
    await store.append([delivery(post.actionId, 'young.example', NOW - 29 * DAY)]);
    await store.append([
      delivery(post.actionId, 'waits.example', NOW - 60 * DAY, { state: 'queued', attempts: 0 } as never),
    ]);
    expect(store.reclaimable(dropped.endedBefore)).toBeGreaterThan(100_000);
    const report = await store.compact(dropped);
    expect(report).toMatchObject({ forgotten: 1201, erased: 0 });
    expect(report.after).toBeLessThan(report.before / 5);
    const kept = ['young.example', 'waits.example'];
    expect(store.deliveries().map(({ to }) => to)).toEqual(kept);
    expect(store.deliveryCounts()).toMatchObject({ delivered: 1, refused: 0, queued: 1 });
    expect(store.failedDeliveries(10)).toEqual([]);
    await store.close();
    await rm(join(root, 'index', 'snapshot'));
    const again = await opened(root);
    expect(again.deliveries().map(({ to }) => to)).toEqual(kept);
    expect(await again.compact(dropped)).toMatchObject({ forgotten: 0 });
    await again.append([delivery(post.actionId, 'old7.example', NOW)]);
    expect(again.deliveries().map(({ to }) => to)).toEqual([...kept, 'old7.example']);
  });
});

describe('while it runs', () => {
  it('reads, appends and pages go on, and what was given before stays valid', async () => {
    const root = await temporaryHome();
    const store = await opened(root, { segmentBytes: 5000 });
    const events = Array.from({ length: 200 }, (_, n) => action({ c: `${n}`, iat: n }));
    for (const event of events) void store.append([event]);
    const gone = events.filter((_, n) => n % 3 === 0);
    await store.append(gone.map(({ actionId }) => deleted(actionId)));
    const page = await store.list(TENANT, { limit: 10, statuses: ['A'] });
    const head = store.head();
    let isRunning = true;
    const compacted = store.compact(dropped).finally(() => {
      isRunning = false;
    });
    const more: JournalEvent[] = [];
    for (let n = 0; isRunning; n += 1) {
      const event = action({ c: `meanwhile ${n}`, iat: 1000 + n });
      more.push(event);
      await store.append([event]);
      const one = events[(n * 7) % 200] as (typeof events)[number];
      const found = await store.action(TENANT, one.actionId);
      if (!gone.includes(one)) expect(found?.token).toBe(one.token);
    }
    expect(await compacted).toMatchObject({ erased: gone.length });
    expect(more.length).toBeGreaterThan(0);
    const rest: string[] = [];
    for (let after = page.next; after; ) {
      const next = await store.list(TENANT, { limit: 10, statuses: ['A'], after });
      rest.push(...next.actions.map(({ actionId }) => actionId));
      after = next.next;
    }
    expect([...page.actions.map(({ actionId }) => actionId), ...rest]).toEqual(
      events
        .filter((event) => !gone.includes(event))
        .map(({ actionId }) => actionId)
        .reverse(),
    );
    expect(await codeOf(store.append([action({ c: 'too late' })], head))).toBe('store.conflict');
    expect((await store.check()).findings).toEqual([]);
  });

  it('what is erased between two reads is gone, and not damaged', async () => {
    const store = await opened(await temporaryHome(), { segmentBytes: 2000 });
    const events = Array.from({ length: 60 }, (_, n) => action({ c: `${n} ${'x'.repeat(20_000)}`, f: 'c', iat: n }));
    for (const event of events) await store.append([event]);
    const [last] = events.slice(-1) as [(typeof events)[number]];
    expect((await store.terms(TENANT, last.actionId))?.flags).toBe('c');
    // Its records are read in parts, with turns between them.
    const listing = store.list(TENANT, { limit: 100 });
    await store.append(events.map(({ actionId }) => deleted(actionId)));
    await store.compact(dropped);
    expect((await listing).damaged).toEqual([]);
    expect(await Promise.all(events.map(({ actionId }) => store.terms(TENANT, actionId)))).toEqual(
      events.map(() => ({ flags: 'c', role: null })),
    );
    expect(await store.list(TENANT, { limit: 100 })).toEqual({ actions: [], next: null, damaged: [] });
  });

  it('a head that was given before it stays the same', async () => {
    const store = await opened(await temporaryHome());
    await store.append([action({})]);
    await store.compact(dropped);
    const head = store.head();
    await store.compact(dropped);
    expect(store.head()).toBe(head);
    await store.append([action({ c: 'next' })], head);
    expect(store.head()).toBe(head + 1);
  });

  it('closing the store ends it, and the next one does the rest', async () => {
    const root = await temporaryHome();
    const store = await openFileStore(root, { segmentBytes: 2000 });
    const events = Array.from({ length: 100 }, (_, n) => action({ c: `${n}` }));
    for (const event of events) await store.append([event]);
    await store.append(events.map(({ actionId }) => deleted(actionId)));
    let looked = 0;
    let closed: Promise<void> | null = null;
    const onSegment = () => {
      looked += 1;
      if (looked === 3) closed = store.close();
    };
    const compacted = store.compact({ ...dropped, onSegment });
    expect(await codeOf(compacted)).toBe('store.closed');
    await closed;
    const again = await opened(root);
    expect(again.recovery).toMatchObject({ snapshot: 'used', damaged: [], tornBytes: 0 });
    expect(await again.compact(dropped)).toMatchObject({ erased: 0 });
    expect(await filesWith(root, ...events.map(({ token }) => token))).toEqual([]);
  });
});

describe('a disk', () => {
  it('without room leaves the journal as it was, and says so', async () => {
    const root = await temporaryHome();
    const store = await opened(root, { segmentBytes: 2000 });
    const events = Array.from({ length: 30 }, (_, n) => action({ c: `${n}` }));
    await store.append(events);
    await store.append(events.map(({ actionId }) => deleted(actionId)));
    await store.append([action({ c: 'last' })]);
    const before = await readFile(join(root, 'journal', '000001.ndjson'));
    const { open } = await import('node:fs/promises');
    const probe = await open(root, 'r');
    const handles = Object.getPrototypeOf(probe) as { datasync(): Promise<void> };
    await probe.close();
    const datasync = handles.datasync;
    vi.spyOn(handles, 'datasync').mockImplementation(async function (this: { fd: number }) {
      const { readlink } = await import('node:fs/promises');
      const path = await readlink(`/proc/self/fd/${this.fd}`);
      if (path.includes('/journal/.')) throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
      return datasync.call(this);
    });
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    expect(await codeOf(store.compact(dropped))).toBe('store.full');
    expect(await readFile(join(root, 'journal', '000001.ndjson'))).toEqual(before);
    expect((await readdir(join(root, 'journal'))).filter((name) => name.startsWith('.'))).toEqual([]);
    await store.append([action({ c: 'goes on' })]);
    vi.restoreAllMocks();
    await store.compact(dropped);
    expect(await filesWith(root, ...events.map(({ token }) => token))).toEqual([]);
    expect((await store.check()).findings).toEqual([]);
  });
});

describe('a compacted journal', () => {
  /** A home whose journal was compacted, closed. */
  async function compactedHome() {
    const root = await temporaryHome();
    const store = await openFileStore(root, { segmentBytes: 2000 });
    const events = Array.from({ length: 40 }, (_, n) => action({ c: `${n}` }));
    for (const event of events) void store.append([event]);
    await store.append(events.filter((_, n) => n % 2 === 0).map(({ actionId }) => deleted(actionId)));
    const older = await readFile(join(root, 'index', 'snapshot')).catch(() => null);
    await store.compact(dropped);
    await store.close();
    return { root, older, kept: events.filter((_, n) => n % 2 === 1) };
  }

  it('refuses an index that was saved before, and makes a new one', async () => {
    const { writeFile } = await import('node:fs/promises');
    const root = await temporaryHome();
    const first = await openFileStore(root, { segmentBytes: 2000 });
    const post = action({});
    const queued = delivery(post.actionId, 'x.example', 1, { state: 'queued', attempts: 0 } as never);
    await first.append([post, queued]);
    await first.close();
    const path = join(root, 'index', 'snapshot');
    const older = await readFile(path);
    const store = await openFileStore(root, { segmentBytes: 2000 });
    await store.append([delivery(post.actionId, 'x.example', 2)]);
    await store.compact(dropped);
    await store.close();
    await writeFile(path, older);
    const again = await opened(root);
    expect(again.recovery).toMatchObject({ snapshot: 'rejected', damaged: [] });
    expect(again.deliveries()).toEqual([]);
  });

  it('whose last segment is lost is appended to in a new one', async () => {
    const { root, kept } = await compactedHome();
    const names = (await readdir(join(root, 'journal'))).sort();
    await rm(join(root, 'journal', names.at(-1) as string));
    await rm(join(root, 'index', 'snapshot'));
    const store = await opened(root);
    const more = action({ c: 'more' });
    await store.append([more]);
    for (const { actionId, token } of [...kept, more])
      expect((await store.action(TENANT, actionId))?.token).toBe(token);
    await store.close();
    const again = await opened(root);
    expect((await again.action(TENANT, more.actionId))?.token).toBe(more.token);
  });

  it('is read without its map, when that is damaged', async () => {
    const { writeFile } = await import('node:fs/promises');
    const { root, kept } = await compactedHome();
    const path = join(root, 'journal', '000001.ndjson');
    const bytes = await readFile(path);
    const map = bytes.lastIndexOf('"runs":[');
    bytes[map + 9] = 0x39;
    await writeFile(path, bytes);
    const store = await opened(root);
    expect(store.recovery.snapshot).toBe('used');
    for (const { actionId, token } of kept) expect((await store.action(TENANT, actionId))?.token).toBe(token);
    expect((await store.check()).findings).toMatchObject([{ kind: 'record', segment: '000001.ndjson' }]);
    // The next compaction writes another one.
    await store.append([deleted(kept[0]?.actionId as string)]);
    await store.compact(dropped);
  });

  it('has a damaged record where it was, and the others', async () => {
    const { writeFile } = await import('node:fs/promises');
    const { root, kept } = await compactedHome();
    const path = join(root, 'journal', '000001.ndjson');
    const bytes = await readFile(path);
    bytes[bytes.indexOf('"trace"') + 200] = 0x21;
    await writeFile(path, bytes);
    await rm(join(root, 'index', 'snapshot'));
    const store = await opened(root);
    expect(store.recovery.damaged).toHaveLength(1);
    for (const { actionId, token } of kept) expect((await store.action(TENANT, actionId))?.token).toBe(token);
    await store.append([deleted(kept[0]?.actionId as string)]);
    await store.compact(dropped);
    for (const { actionId, token } of kept.slice(1)) expect((await store.action(TENANT, actionId))?.token).toBe(token);
  });
});

it('tells what it would drop, and drops nothing', async () => {
  const root = await temporaryHome();
  const store = await opened(root, { segmentBytes: 2000 });
  const events = Array.from({ length: 40 }, (_, n) => action({ c: `${n}` }));
  await store.append(events);
  await store.append(events.map(({ actionId }) => deleted(actionId)));
  const before = await filesWith(root, ...events.map(({ token }) => token));
  const wouldBe = await store.compact({ ...dropped, dryRun: true });
  expect(wouldBe).toMatchObject({ erased: 40, before: store.stats().journalBytes });
  expect(wouldBe.after).toBeLessThan(wouldBe.before);
  expect(await filesWith(root, ...events.map(({ token }) => token))).toEqual(before);
  expect((await store.action(TENANT, events[0]?.actionId as string))?.token).toBe(events[0]?.token);
});

it('changes nothing when nothing has changed since the last one', async () => {
  const root = await temporaryHome();
  const store = await opened(root);
  await store.append([action({})]);
  await store.compact(dropped);
  const { records, segments } = store.stats();
  expect(await store.compact(dropped)).toMatchObject({ rewritten: 0 });
  expect(store.stats()).toMatchObject({ records, segments });
});
