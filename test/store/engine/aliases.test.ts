import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actionId as idOf } from '../../../src/protocol/content-id.ts';
import { openFileStore } from '../../../src/store/engine/store.ts';
import { encodeLine, eventsJson, recordTail } from '../../../src/store/journal/record-line.ts';
import type { AliasEvent } from '../../../src/store/model/events.ts';
import { MAX_ALIASES } from '../../../src/store/model/max-aliases.ts';
import type { Store } from '../../../src/store/model/store-interface.ts';
import { childScript } from '../../support/child-process.ts';
import { PROJECT_ROOT } from '../../support/run-cli.ts';
import { action, TENANT, temporaryDirectory, temporaryHome } from '../../support/store-fixtures.ts';

const script = childScript('store/children/receive-twins.ts');
const STOP_POINTS = pathToFileURL(join(PROJECT_ROOT, 'test/support/stop-points.mjs')).href;
const first = action({ c: 'one' }, { receivedAt: 1 });

/** Other signatures over the claims of {@link first}. */
const twins = Array.from({ length: MAX_ALIASES }, (_, n) => {
  const signature = Buffer.alloc(96, n + 1).toString('base64url');
  return `${first.token.slice(0, first.token.lastIndexOf('.'))}.${signature}`;
});
const tokens = [first.token, ...twins];
const aliasOf = (token: string): AliasEvent => ({ kind: 'alias', tenant: TENANT, actionId: idOf(token), token, at: 2 });
/** Unix milliseconds: the day of all these records. */
const DAY_ONE = 1;
const segmentOf = (root: string) => join(root, 'journal', '000001.ndjson');

/** The IDs that lead to the action, each of which is read as the bytes that hash to it. */
async function known(store: Store, counted = true): Promise<string[]> {
  const ids: string[] = [];
  for (const token of tokens) {
    const id = idOf(token);
    if (store.row(TENANT, id) === null) continue;
    expect(store.row(TENANT, id)?.actionId).toBe(first.actionId);
    expect(await store.action(TENANT, id)).toMatchObject({ actionId: id, token });
    ids.push(id);
  }
  // What a stranger stored is counted with it: once, and never without it.
  const bytes = ids.length * first.token.length;
  if (counted) expect(store.strangerUse('alice.example', DAY_ONE)).toEqual({ actions: ids.length, bytes });
  return ids;
}

/** A closed home with the action and its twins, a record each. */
async function homeWithTwins(): Promise<string> {
  const root = await temporaryHome();
  const store = await openFileStore(root);
  await store.append([first]);
  for (const token of twins) await store.append([aliasOf(token)]);
  await store.close();
  return root;
}

describe('aliases after a restart', () => {
  it.each([
    ['with a saved index', () => {}],
    ['without one', (root: string) => rmSync(join(root, 'index/snapshot'))],
  ])('%s lead to their action, and a deletion by one of them holds', async (_, change) => {
    const root = await homeWithTwins();
    change(root);
    const store = await openFileStore(root);
    expect(await known(store)).toEqual(tokens.map(idOf));
    expect(store.aliases(TENANT, first.actionId)).toBe(MAX_ALIASES);
    await store.append([{ kind: 'status', tenant: TENANT, actionId: idOf(twins[3] ?? ''), status: 'D', at: 3 }]);
    await store.close();
    change(root);
    const again = await openFileStore(root);
    for (const token of tokens) expect(again.row(TENANT, idOf(token))?.status).toBe('D');
    await again.rebuild();
    expect(await known(again)).toEqual(tokens.map(idOf));
    expect(again.row(TENANT, idOf(twins[0] ?? ''))?.status).toBe('D');
    expect((await again.check()).findings).toEqual([]);
    await again.close();
  });

  it('are found by the beginning of their ID, and the action by its own where both begin so', async () => {
    const root = await homeWithTwins();
    const store = await openFileStore(root);
    const begin = (id: string) => store.actionsBeginningWith(TENANT, id.slice(0, 20), 2);
    for (const token of tokens) expect(await begin(idOf(token))).toEqual([idOf(token)]);
    expect(await store.actionsBeginningWith(TENANT, 'a1~', 9)).toEqual([first.actionId]);
    await store.close();
  });
});

describe('a process that is killed while twins come', () => {
  it('before any of its changes: what is stored is whole, and what comes again is stored then', async () => {
    const root = await temporaryHome();
    const copies = await temporaryDirectory();
    const list = join(copies, 'tokens');
    writeFileSync(list, tokens.join('\n'));
    const env = { ...process.env, STOP_ROOT: root, STOP_COPIES: copies };
    const args = ['--import', STOP_POINTS, await script(), root, list];
    const run = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    expect(run.stdout.trim().split('\n')).toEqual([...tokens.map(idOf), 'deleted']);
    const points = readFileSync(join(copies, 'points'), 'utf8').trimEnd().split('\n');
    expect(points.filter((point) => point.includes('journal/')).length).toBeGreaterThan(2 * tokens.length);
    let most = 0;
    for (const [index, what] of points.entries()) {
      const at = join(copies, `${index + 1}`);
      const store = await openFileStore(at);
      const ids = await known(store);
      // In the order in which they came, and none is lost that was there at an earlier kill.
      expect({ what, ids }).toEqual({ what, ids: tokens.map(idOf).slice(0, ids.length) });
      expect(ids.length).toBeGreaterThanOrEqual(most);
      most = ids.length;
      if (store.row(TENANT, first.actionId) === null) await store.append([first]);
      for (const token of twins) if (store.row(TENANT, idOf(token)) === null) await store.append([aliasOf(token)]);
      expect(await known(store)).toEqual(tokens.map(idOf));
      expect((await store.check()).findings).toEqual([]);
      await store.close();
    }
    expect(most).toBe(tokens.length);
  });

  it('in the middle of a write: the record of a twin is there whole, or not at all', async () => {
    const root = await homeWithTwins();
    const whole = readFileSync(segmentOf(root));
    const ends = [...whole.entries()].flatMap(([at, byte]) => (byte === 10 ? [at + 1] : []));
    rmSync(join(root, 'index/snapshot'));
    for (let length = ends[0] ?? 0; length <= whole.length; length += 61) {
      const at = join(await temporaryDirectory(), 'home');
      // Not cpSync: on Node 24 it makes the copy with modes of its own.
      await cp(root, at, { recursive: true });
      writeFileSync(segmentOf(at), whole.subarray(0, length));
      const store = await openFileStore(at);
      const records = ends.filter((end) => end <= length).length;
      expect(await known(store)).toEqual(tokens.map(idOf).slice(0, records));
      expect(store.recovery.damaged).toEqual([]);
      await store.close();
    }
  });
});

describe('a damaged record of an alias', () => {
  it('is found by any flipped byte; the action and the other aliases stay as they are', {
    timeout: 60_000,
  }, async () => {
    const root = await homeWithTwins();
    rmSync(join(root, 'index/snapshot'));
    const whole = readFileSync(segmentOf(root));
    const start = whole.indexOf(10) + 1;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: start, max: whole.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, mask) => {
          const bytes = Buffer.from(whole);
          bytes[at] = (bytes[at] as number) ^ mask;
          for (const name of readdirSync(join(root, 'journal'))) rmSync(join(root, 'journal', name));
          writeFileSync(segmentOf(root), bytes, { mode: 0o600 });
          const store = await openFileStore(root);
          expect(store.recovery.tornBytes > 0 || store.recovery.damaged.length > 0).toBe(true);
          const ids = await known(store);
          expect(ids).toContain(first.actionId);
          // A line end that is gone takes the record behind it along.
          expect(ids.length).toBeGreaterThanOrEqual(tokens.length - 2);
          expect(ids.length).toBeLessThan(tokens.length);
          await store.close();
          rmSync(join(root, 'index/snapshot'), { force: true });
        },
      ),
      { numRuns: 60 },
    );
  });

  const other = action({ c: 'other' });
  const [twin = ''] = twins;
  it.each<[string, AliasEvent, string[]]>([
    ['whose claims nobody stored leads nowhere', aliasOf(other.token), []],
    ['whose ID is another token’s is reported', { ...aliasOf(twin), actionId: other.actionId }, ['action']],
    ['of the action’s own ID changes nothing', aliasOf(first.token), []],
    ['that is no token is reported', { ...aliasOf(twin), token: 'no token' }, ['action']],
  ])('with a right hash %s', async (_, alias, found) => {
    const root = await temporaryHome();
    const lines = [first, alias].map((event, n) => encodeLine(n + 1, recordTail(1, eventsJson([event]))));
    writeFileSync(segmentOf(root), lines.join(''), { mode: 0o600 });
    const store = await openFileStore(root);
    // The ID of another token is one that leads there, too.
    const ids = await known(store, alias.actionId !== other.actionId);
    expect(ids).toContain(first.actionId);
    expect((await store.action(TENANT, first.actionId))?.token).toBe(first.token);
    expect((await store.check()).findings.map(({ kind }) => kind)).toEqual(found);
    for (const id of [alias.actionId, other.actionId]) {
      const read = await store.action(TENANT, id).catch((error) => error.code);
      if (read !== null && typeof read !== 'string') expect(idOf(read.token)).toBe(id);
    }
    await store.close();
  });
});
