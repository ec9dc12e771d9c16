import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FORMAT } from '../../../src/store/index/snapshot.ts';
import { StoreIndex } from '../../../src/store/index/store-index.ts';
import type { Mark, Position } from '../../../src/store/journal/journal.ts';
import { decodeLine } from '../../../src/store/journal/record-line.ts';

/**
 * What the index of every kind of record looks like, by the format that it is saved with. Fails it? Then saved indexes mean something
 * else now: give FORMAT in `src/store/index/snapshot.ts` another number, and write the new digest here.
 */
const DIGESTS: Record<string, string> = { 'cloudillo-index-12': 'c8w0rvwHKdP5p2_SP5QLP3xx3mZwyMCUXKbw7gf33lw' };

it('changes its format when it changes its columns, or what a record makes of them', () => {
  const lines = readFileSync(join(import.meta.dirname, 'every-kind.ndjson'), 'utf8')
    .trim()
    .split('\n');
  const index = new StoreIndex();
  let offset = 0;
  for (const line of lines) {
    const bytes = Buffer.from(line);
    const decoded = decodeLine(bytes);
    if (!('record' in decoded)) throw new Error(decoded.reason);
    const position: Position = { segment: 1, offset, length: bytes.length + 1 };
    offset += position.length;
    const mark: Mark = {
      n: decoded.record.n,
      segment: 1,
      offset,
      last: { segment: 1, offset: position.offset, hash: decoded.hash },
    };
    expect(index.replay(decoded.record, position, mark)).toBeNull();
  }
  const digest = createHash('sha256');
  const add = (name: string, bytes: Uint8Array | string): void => {
    digest.update(`${name} ${bytes.length}\n`).update(bytes);
  };
  index.dump({
    bytes: add,
    // Differs from one index to the next: its name and size are all there is to compare.
    derived: (name, bytes) => add(name, `${bytes.length}`),
    json: (name, value) => add(name, JSON.stringify(value)),
    content: (name, read) => add(name, read()),
  });
  expect({ [FORMAT]: digest.digest('base64url') }).toEqual({ [FORMAT]: DIGESTS[FORMAT] });
});
