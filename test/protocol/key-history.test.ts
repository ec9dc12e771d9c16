import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { followKeys, type KeyRecord } from '../../src/protocol/key-history.ts';

const key = (keyId: string, publicKey = keyId) => ({ keyId, publicKey });
const record = (fetchedAt: number, ...keys: KeyRecord['keys']): KeyRecord => ({ keys, fetchedAt });

describe('between two looks at an issuer', () => {
  it('nothing happened, or nothing was known', () => {
    const now = record(2, key('a'));
    expect(followKeys(null, now)).toEqual({ retired: [], changes: [] });
    expect(followKeys(record(1, key('a')), now)).toEqual({ retired: [], changes: [] });
  });

  it('a rotation adds a key and keeps the old', () => {
    const { retired, changes } = followKeys(record(1, key('a')), record(2, key('a'), key('b')));
    expect(retired).toEqual([]);
    expect(changes).toEqual([{ kind: 'added', keyId: 'b' }]);
  });

  it('a key that vanished is kept with the last time that it was there', () => {
    const old = { ...key('a'), expiresAt: '2027-01-01T00:00:00Z' };
    const { retired, changes } = followKeys(record(1, old), record(9, key('b')));
    expect(retired).toEqual([{ ...old, lastSeenAt: 1, goneAt: 9 }]);
    expect(changes).toEqual([
      { kind: 'gone', keyId: 'a' },
      { kind: 'added', keyId: 'b' },
    ]);
  });

  it('another key under the same ID is a replacement', () => {
    const { retired, changes } = followKeys(record(1, key('a', 'x')), record(9, key('a', 'y')));
    expect(retired).toEqual([{ ...key('a', 'x'), lastSeenAt: 1, goneAt: 9 }]);
    expect(changes).toEqual([{ kind: 'replaced', keyId: 'a' }]);
  });

  it('one that is back is no longer retired', () => {
    const before: KeyRecord = { ...record(5, key('b')), retired: [{ ...key('a'), lastSeenAt: 1, goneAt: 5 }] };
    expect(followKeys(before, record(9, key('a'), key('b'))).retired).toEqual([]);
    expect(followKeys(before, record(9, key('a', 'other'), key('b'))).retired).toHaveLength(1);
  });

  it('an issuer that makes up keys fills nothing; the latest stay', () => {
    let known: KeyRecord = record(0, key('k0'));
    for (let round = 1; round < 100; round += 1) {
      const now = record(round, key(`k${round}`));
      known = { ...now, retired: followKeys(known, now).retired };
    }
    expect(known.retired?.length).toBe(16);
    expect(known.retired?.[0]).toMatchObject({ keyId: 'k98', lastSeenAt: 98 });
  });

  it('no key that was ever seen is forgotten while there is room, and none is in both lists', () => {
    const looks = fc.array(fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 }), { maxLength: 8 });
    fc.assert(
      fc.property(looks, (rounds) => {
        let known: KeyRecord | null = null;
        const seen = new Set<string>();
        for (const [at, ids] of rounds.entries()) {
          const now: KeyRecord = record(at, ...ids.map((id) => key(id)));
          for (const id of ids) seen.add(id);
          known = { ...now, retired: followKeys(known, now).retired };
          const published = known.keys.map(({ keyId }) => keyId);
          const gone = (known.retired ?? []).map(({ keyId }) => keyId);
          expect(new Set([...published, ...gone])).toEqual(seen);
          expect(published.length + gone.length).toBe(seen.size);
        }
      }),
    );
  });
});
