import { hash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DigestTable } from '../../../src/store/index/digest-table.ts';
import type { SectionSink } from '../../../src/store/index/sections.ts';

const SEED = new Uint32Array([1, 2, 3, 4]);
const digest = (n: number): Buffer => hash('sha256', String(n), 'buffer');

function dumped(table: DigestTable): Map<string, Uint8Array> {
  const sections = new Map<string, Uint8Array>();
  const keep = (name: string, bytes: Uint8Array): void => {
    sections.set(name, bytes.slice());
  };
  const sink: SectionSink = { bytes: keep, derived: keep, json: () => {}, content: () => {} };
  table.dump('t', sink);
  return sections;
}

it('numbers digests in order of arrival, and finds each again', () => {
  const table = new DigestTable(32, SEED);
  for (let n = 0; n < 5000; n += 1) expect(table.add(digest(n))).toBe(n);
  for (let n = 0; n < 5000; n += 1) {
    expect(table.add(digest(n))).toBe(n);
    expect(table.find(digest(n))).toBe(n);
    expect(Buffer.from(table.digest(n)).equals(digest(n))).toBe(true);
  }
  expect(table.size).toBe(5000);
  expect(table.find(digest(5000))).toBe(-1);
});

it('tells digests apart that differ in one bit, wherever it is', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(255), (bytes, bit) => {
      const table = new DigestTable(32, SEED);
      const other = Uint8Array.from(bytes);
      other[bit >> 3] = (other[bit >> 3] as number) ^ (1 << (bit & 7));
      expect([table.add(bytes), table.find(other), table.add(other), table.find(bytes)]).toEqual([0, -1, 1, 0]);
    }),
  );
});

it('takes the same digest as bytes and as a string of one byte a character, cut to its width', () => {
  const table = new DigestTable(16, SEED);
  expect(table.add(digest(1))).toBe(0);
  expect(table.find(hash('sha256', '1', 'binary'))).toBe(0);
  expect(table.add(digest(1).subarray(0, 16))).toBe(0);
});

it('goes on after it was saved and loaded', () => {
  const table = new DigestTable(32, SEED);
  for (let n = 0; n < 300; n += 1) table.add(digest(n));
  const sections = dumped(table);
  const loaded = new DigestTable(32, SEED);
  loaded.load('t', { bytes: (name) => sections.get(name) as Uint8Array, json: () => null });
  for (let n = 0; n < 600; n += 1) expect(loaded.add(digest(n))).toBe(n);
  for (let n = 0; n < 600; n += 1) expect(loaded.find(digest(n))).toBe(n);
});

it('spreads digests that a sender chose to collide', () => {
  // The same first and last words, as somebody who doesn't know the seed would try.
  const table = new DigestTable(32, new Uint32Array([0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f]));
  const bytes = Buffer.alloc(32, 0xab);
  const count = 50_000;
  for (let n = 0; n < count; n += 1) {
    bytes.writeUInt32BE(n, 12);
    table.add(bytes);
  }
  const slots = new Uint32Array(dumped(table).get('t.slots')?.buffer ?? new ArrayBuffer(0));
  let run = 0;
  let longest = 0;
  for (const slot of slots) {
    run = slot === 0 ? 0 : run + 1;
    longest = Math.max(longest, run);
  }
  expect(table.size).toBe(count);
  expect(longest).toBeLessThan(500);
});
