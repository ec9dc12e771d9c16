import { expect, it, vi } from 'vitest';
import { listProfiles } from '../../../src/services/profiles/list-profiles.ts';
import { openMemoryStore } from '../../../src/store/engine/store.ts';
import type { Identity } from '../../../src/store/identities/identity-document.ts';
import { TENANT } from '../../support/store-fixtures.ts';

const own = { idTag: TENANT, name: 'Bob', type: 'person', keys: [] } as unknown as Identity;
const owner = { idTag: TENANT, owner: true };

it('finds one that is named without a look at all others', async () => {
  const store = openMemoryStore();
  const at = 1;
  await store.append([
    { kind: 'relation', tenant: TENANT, peer: 'a.example', following: true, follower: false, connected: false, at },
    {
      kind: 'relation',
      tenant: TENANT,
      peer: 'ended.example',
      following: false,
      follower: false,
      connected: false,
      at,
    },
    { kind: 'treatment', tenant: TENANT, peer: 'blocked.example', blocked: true, muted: false, at },
    { kind: 'treatment', tenant: TENANT, peer: 'forgiven.example', blocked: false, muted: false, at },
    { kind: 'peer', tenant: TENANT, idTag: 'seen.example', name: 'Seen', type: 'person', at },
  ]);
  const names = (filter = {}) => listProfiles({ store }, own, owner, filter).map(({ idTag }) => idTag);
  const all = names();
  expect(all).toEqual(['a.example', 'blocked.example', TENANT, 'ended.example'].sort());
  const relations = vi.spyOn(store, 'relations');
  for (const idTag of [...all, 'forgiven.example', 'seen.example', 'nobody.example']) {
    expect(names({ idTag })).toEqual(all.includes(idTag) ? [idTag] : []);
  }
  expect(relations).not.toHaveBeenCalled();
});
