import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { contentId } from '../../../src/protocol/content-id.ts';
import { AttachmentScan, broughtBy, carriedBy, relatedBy } from '../../../src/services/files/attachment-scan.ts';
import { openMemoryStore, type Store } from '../../../src/store/engine/store.ts';
import type { ActionRow } from '../../../src/store/model/rows.ts';
import { action, TENANT } from '../../support/store-fixtures.ts';

const fileOf = (n: number) => contentId('f1', `file ${n}`);

async function storeWith(attachments: number): Promise<Store> {
  const store = openMemoryStore();
  await attach(store, 0, attachments);
  return store;
}

async function attach(store: Store, from: number, to: number): Promise<void> {
  const events = Array.from({ length: to - from }, (_, n) => action({ c: `${from + n}`, a: [fileOf(from + n)] }));
  await store.append(events);
}

function scanOf(store: Store) {
  const stop = new AbortController();
  const scan = new AttachmentScan(store, stop.signal);
  const seen: string[] = [];
  const found = (_tenant: string, fileId: string) => void seen.push(fileId);
  return { stop, scan, seen, found };
}

it('looks at everything once, then at what is new and at a part of the rest', async () => {
  const store = await storeWith(2500);
  const { scan, seen, found } = scanOf(store);
  await scan.begin(found);
  expect(seen).toHaveLength(2500);
  await attach(store, 2500, 2503);
  const rounds: string[][] = [];
  for (let round = 0; round < 4; round += 1) {
    seen.length = 0;
    await scan.next(found);
    rounds.push([...seen]);
  }
  expect(rounds.map(({ length }) => length)).toEqual([1003, 1000, 503, 1000]);
  expect(rounds[0]?.slice(0, 4)).toEqual([fileOf(2500), fileOf(2501), fileOf(2502), fileOf(0)]);
  // All of the rest has had its turn by then, and it begins anew.
  expect(new Set(rounds.slice(0, 3).flat()).size).toBe(2503);
  expect(rounds[3]?.[0]).toBe(fileOf(0));
});

it('lets others have their turn, and ends when told to', async () => {
  const store = await storeWith(3000);
  const { stop, scan, seen, found } = scanOf(store);
  const done = scan.begin(found);
  await setImmediate();
  expect(seen.length).toBeGreaterThan(0);
  expect(seen.length).toBeLessThan(3000);
  stop.abort();
  const before = seen.length;
  await done;
  expect(seen).toHaveLength(before);
});

it('finds what was shared before it began', async () => {
  const store = openMemoryStore();
  await store.append([action({ t: 'FSHR', aud: TENANT, sub: fileOf(1) }), action({ a: [fileOf(2)] })]);
  const { scan, seen, found } = scanOf(store);
  await scan.begin(found);
  expect(seen).toEqual([fileOf(1), fileOf(2)]);
});

it('finds what a peer brought, or others on its wall, when it becomes one whose files are wanted', async () => {
  const store = openMemoryStore();
  const peer = 'carol.example';
  await store.append([
    action({ iss: peer, a: [fileOf(1), fileOf(2)] }),
    action({ iss: 'dave.example', aud: peer, a: [fileOf(3)] }),
    action({ iss: 'dave.example', a: [fileOf(4)] }),
    action({ iss: peer, t: 'REACT:LIKE', sub: fileOf(5) }),
  ]);
  const follow = action({ iss: TENANT, t: 'FLLW', aud: peer }, { direction: 'out' });
  const theirs = action({ iss: peer, t: 'FLLW', aud: TENANT });
  const connection = action({ iss: peer, t: 'CONN', aud: TENANT });
  await store.append([follow, theirs, connection]);
  const related = ({ actionId }: { actionId: string }) =>
    relatedBy(store, TENANT, store.row(TENANT, actionId) as ActionRow);
  expect(related(follow)).toBeNull();
  const none = { follower: false, connected: false, following: false };
  const relation = { kind: 'relation', tenant: TENANT, peer, ...none, at: 1 } as const;
  await store.append([{ ...relation, following: true }]);
  expect(related(follow)).toBe(peer);
  expect(related(theirs)).toBeNull();
  expect(related(connection)).toBe(peer);
  await store.append([relation]);
  expect(related(connection)).toBeNull();
  const { scan, seen, found } = scanOf(store);
  await Promise.all([scan.peer(TENANT, peer, found), scan.peer(TENANT, peer, found)]);
  expect(seen.sort()).toEqual([fileOf(1), fileOf(2), fileOf(3)].sort());
});

it('knows what an action attaches, shares or carries', async () => {
  const store = openMemoryStore();
  const post = action({ a: [fileOf(1)] });
  const own = action({ c: 'own', a: [fileOf(2)] }, { direction: 'out' });
  const repost = action({ t: 'REPOST', sub: post.actionId });
  const share = action({ t: 'FSHR', aud: TENANT, sub: fileOf(3) }, { status: 'C' });
  await store.append([post, own, repost, share]);
  const brought = ({ actionId }: { actionId: string }) => {
    const row = store.row(TENANT, actionId) as ActionRow;
    return [broughtBy(store, TENANT, row), carriedBy(store, TENANT, row)];
  };
  expect(brought(post)).toEqual([[fileOf(1)], []]);
  expect(brought(own)).toEqual([[], []]);
  expect(brought(repost)).toEqual([[], [fileOf(1)]]);
  expect(brought(share)).toEqual([[], []]);
  await store.append([{ kind: 'status', tenant: TENANT, actionId: share.actionId, status: 'A', at: 1 }]);
  expect(brought(share)).toEqual([[fileOf(3)], []]);
  await store.append([{ kind: 'status', tenant: TENANT, actionId: repost.actionId, status: 'D', at: 1 }]);
  expect(brought(repost)).toEqual([[], []]);
});
