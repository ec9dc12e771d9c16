import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { openKeyCache } from '../../../src/store/cache/key-cache.ts';
import { openFileStore } from '../../../src/store/engine/store.ts';
import { createIdentities } from '../../../src/store/identities/identities.ts';
import type { Delivery, Relation } from '../../../src/store/model/rows.ts';
import type { Store } from '../../../src/store/model/store-interface.ts';
import { temporaryDirectory } from '../../support/store-fixtures.ts';

/** Homes that earlier versions made (`test/store/homes/make-home.sh`); each must open as it is, for ever. */
const HOMES = join(import.meta.dirname, '../homes');
const TENANTS = ['alice', 'anna'];

async function oldHome(name: string): Promise<string> {
  const root = await temporaryDirectory();
  await promisify(execFile)('tar', ['-xzf', join(HOMES, `${name}.tar.gz`), '-C', root]);
  return root;
}

/** What the version that made a home said of it. */
async function saidOf(name: string): Promise<(title: string) => Record<string, unknown>[]> {
  const lines = (await readFile(join(HOMES, `${name}.ndjson`), 'utf8')).trim().split('\n');
  const said = lines.map((line) => Object.entries(JSON.parse(line) as Record<string, never>)[0] ?? []);
  return (title) => {
    const found = said.flatMap(([of, line = {}]) => (of === title ? [line] : []));
    expect(found, title).not.toHaveLength(0);
    return found;
  };
}

const iso = (at: number): string => new Date(at).toISOString();

async function assertContents(store: Store, said: (title: string) => Record<string, unknown>[]): Promise<void> {
  for (const who of TENANTS) {
    const tenant = `${who}.test`;
    const { actions, damaged } = await store.list(tenant, { limit: 1000 });
    expect(damaged).toEqual([]);
    expect(actions).toHaveLength(said(`actions of ${who}`).length);
    for (const [
      index,
      { actionId, issuer, audience, parent, subject, status, visibility, type, subtype },
    ] of actions.entries()) {
      const whole = subtype === null ? type : `${type}:${subtype}`;
      const found = { actionId, issuer, audience, parent, subject, status, visibility, type: whole };
      expect(said(`actions of ${who}`)[index]).toMatchObject(found);
    }
    const byPeer = new Map(said(`relations of ${who}`).map((line) => [line['peer'], line]));
    for (const { at: _at, ...relation } of store.relations(tenant) as Relation[]) {
      expect(byPeer.get(relation.peer)).toMatchObject(relation);
    }
    for (const { at: _at, ...treatment } of store.treatments(tenant)) {
      expect(byPeer.get(treatment.peer)).toMatchObject(treatment);
    }
    const deliveries = store.deliveries({ tenant, order: 'newest' });
    expect(deliveries.map(told)).toEqual(
      said(`deliveries of ${who}`).map(({ actionId, to, state, attempts, nextAt, queuedAt }) => {
        return { actionId, to, state, attempts, nextAt, queuedAt };
      }),
    );
    const files = store.files(tenant).map(({ fileId, fileName }) => `${fileId} ${fileName}`);
    const toldFiles = said(`files of ${who}`).map(({ fileId, fileName }) => `${fileId} ${fileName}`);
    expect(files.sort()).toEqual(toldFiles.sort());
  }
}

function told({ actionId, to, state, attempts, nextAt, firstAt }: Delivery): Record<string, unknown> {
  return { actionId, to, state, attempts, nextAt: nextAt === null ? null : iso(nextAt), queuedAt: iso(firstAt) };
}

describe.each(['version-1'])('the home %s', (name) => {
  it.each(['with the saved index of its time', 'without it'])(
    'opens %s, holds what it held, and is sound',
    async (how) => {
      const root = await oldHome(name);
      const said = await saidOf(name);
      if (how === 'without it') await rm(join(root, 'index'), { recursive: true });
      const store = await openFileStore(root);
      expect(store.recovery).toMatchObject({ tornBytes: 0, damaged: [] });
      await assertContents(store, said);
      const checked = said('check')[0] as { records: number; actions: number; blobs: number };
      const { records, actions, blobs } = checked;
      expect(await store.check()).toMatchObject({ records, actions, blobs, findings: [] });
      expect(await store.rebuild()).toEqual({ records, damaged: [] });
      await assertContents(store, said);
      await store.close();
      // And as this version saved it.
      const again = await openFileStore(root);
      expect(again.recovery).toMatchObject({ snapshot: 'used', replayed: 0, damaged: [] });
      await assertContents(again, said);
      await again.close();
    },
  );

  it('has what no command shows: waiting and failed fetches, parked tokens, circuits, tokens that go along', async () => {
    const store = await openFileStore(await oldHome(name));
    const tenant = 'alice.test';
    expect(store.fetches(tenant).map(({ state, attempts }) => `${state} ${attempts}`)).toEqual([
      'queued 1',
      'expired 9',
    ]);
    const parked = store.parked();
    expect(parked).toHaveLength(1);
    const tokens = await store.parkedTokens(tenant, parked[0]?.actionId ?? '');
    expect(tokens?.related).toHaveLength(1);
    expect(store.openCircuits(10).map(({ peer }) => peer)).toEqual(['carol.test', 'erin.test', 'frank.test']);
    const [erin] = store.deliveries({ to: 'erin.test' });
    expect(await store.deliveryRelated(erin as Delivery)).toEqual(tokens?.related);
    expect(store.peer(tenant, 'gina.test')).toMatchObject({ name: 'Gina' });
    await store.close();
  });

  it('takes what is new', async () => {
    const root = await oldHome(name);
    const store = await openFileStore(root);
    const before = store.stats().records;
    await store.append([
      { kind: 'treatment', tenant: 'anna.test', peer: 'bob.test', blocked: true, muted: false, at: 1 },
    ]);
    await store.close();
    const again = await openFileStore(root);
    expect(again.stats().records).toBe(before + 1);
    expect(again.treatment('anna.test', 'bob.test').blocked).toBe(true);
    expect((await again.check()).findings).toEqual([]);
    await again.close();
  });

  it('has its identities, their private keys, and the keys of others', async () => {
    const root = await oldHome(name);
    const identities = createIdentities(root);
    const own = await identities.list();
    expect(own.map(({ idTag }) => idTag).sort()).toEqual(['alice.test', 'anna.test']);
    for (const { idTag } of own) expect(await identities.readPrivateKeyPem(idTag, '261129')).toContain('PRIVATE KEY');
    expect(await identities.access('alice.test')).toMatchObject({ apiKeys: [{ name: 'ci' }] });
    const cache = await openKeyCache(root);
    expect(cache.size).toBe(4);
    expect(cache.get('bob.test')).toMatchObject({ name: 'Bob', keys: [{ keyId: '261129' }] });
    expect(cache.get('carol.test')?.keys).toHaveLength(1);
    await cache.close();
  });
});
