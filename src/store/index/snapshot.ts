/** The saved index. */
import { createHash } from 'node:crypto';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { diskError, hasErrno, whyUnreadable } from '../disk/disk-errors.ts';
import { FILE_MODE, removeIfThere, syncDirectory, temporaryPath } from '../disk/durable-file.ts';
import type { Mark } from '../journal/journal.ts';
import type { Damage } from '../model/store-interface.ts';
import type { SectionSink, SectionSource } from './sections.ts';
import { StoreIndex } from './store-index.ts';

/**
 * It changes whenever the columns do, or what a record makes of them. A snapshot of another format is discarded, and the index is
 * made anew.
 */
export const FORMAT = 'cloudillo-index-12';
/** Bytes that are copied, or hashed and written, before others have their turn: a millisecond. */
const PIECE_BYTES = 1024 * 1024;
/** A section that is copied without a turn for others. */
const SMALL_SECTION = 4096;
const HASH_BYTES = 32;
const MAX_HEADER_BYTES = 64 * 1024 * 1024;
// Typed arrays are saved as they are in memory.
const ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 'little' : 'big';

interface Section {
  name: string;
  bytes: number;
}

/** The first line of the file. The sections follow, then the SHA-256 of all that. */
interface Header {
  format: string;
  endian: string;
  mark: Mark;
  /** The damage found so far. It stays, and is reported at each start. */
  damaged: Damage[];
  sections: Section[];
}

/** An index as bytes. */
export interface DumpedIndex {
  mark: Mark;
  sections: { name: string; bytes: Uint8Array }[];
}

/** Copies an index that changes while the copy is written, a piece in a turn. It must not change during this call. */
export async function copyIndex(index: StoreIndex): Promise<DumpedIndex> {
  const { mark, sections } = dumpIndex(index);
  const copies: DumpedIndex['sections'] = [];
  for (const { name, bytes } of sections) {
    const copy = new Uint8Array(bytes.length);
    for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
      copy.set(bytes.subarray(start, start + PIECE_BYTES), start);
      // Not in line with other work in slices: appends wait for the copy.
      if (bytes.length > SMALL_SECTION) await setImmediate();
    }
    copies.push({ name, bytes: copy });
  }
  return { mark, sections: copies };
}

/** Dumps an index. The dump is valid until the index changes. */
export function dumpIndex(index: StoreIndex): DumpedIndex {
  const sections: DumpedIndex['sections'] = [];
  const keep = (name: string, bytes: Uint8Array): void => void sections.push({ name, bytes });
  const sink: SectionSink = {
    bytes: keep,
    derived: keep,
    json: (name, value) => sections.push({ name, bytes: Buffer.from(JSON.stringify(value)) }),
    content: () => {},
  };
  index.dump(sink);
  return { mark: index.mark, sections };
}

/** Writes a dump, whole or not at all. @throws {CloudilloError} `store.full` | `store.io` */
export async function writeSnapshot(path: string, dump: DumpedIndex, damaged: Damage[]): Promise<void> {
  const temporary = temporaryPath(path);
  const sections = dump.sections.map(({ name, bytes }) => ({ name, bytes: bytes.length }));
  const header: Header = { format: FORMAT, endian: ENDIAN, mark: dump.mark, damaged, sections };
  const hash = createHash('sha256');
  try {
    const file = await open(temporary, 'wx', FILE_MODE);
    try {
      for (const bytes of [Buffer.from(`${JSON.stringify(header)}\n`), ...dump.sections.map((part) => part.bytes)]) {
        for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
          const piece = bytes.subarray(start, start + PIECE_BYTES);
          hash.update(piece);
          await file.writeFile(piece);
        }
      }
      await file.writeFile(hash.digest());
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    await removeIfThere(temporary);
    throw diskError(error, 'save the index', path);
  }
}

/** The result of {@link readSnapshot}. `outdated`: another version saved it. */
export type ReadSnapshot = { index: StoreIndex; damaged: Damage[] } | { reason: string | null; outdated?: true };

/** Reads a saved index. @returns the index, or why there is none (null: no file). A faulty one never stops a start */
export async function readSnapshot(path: string): Promise<ReadSnapshot> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return { reason: null };
    return { reason: whyUnreadable(error) };
  }
  try {
    return await readIndex(file);
  } catch (error) {
    // The journal has everything: the caller makes a new index and reports the fault.
    return { reason: (error as Error).message };
  } finally {
    await file.close();
  }
}

async function readIndex(file: FileHandle): Promise<ReadSnapshot> {
  const { size } = await file.stat();
  const { header, length } = await readHeader(file, size);
  if (header.format !== FORMAT || header.endian !== ENDIAN) {
    return { reason: `it has the format ${header.format}`, outdated: true };
  }
  const total = header.sections.reduce((sum, section) => sum + section.bytes, length + HASH_BYTES);
  if (total !== size) return { reason: `it has ${size} bytes instead of ${total}` };
  const hash = createHash('sha256').update(await readExactly(file, 0, length));
  const contents = new Map<string, Uint8Array>();
  let offset = length;
  for (const { name, bytes } of header.sections) {
    // Room for a quarter more, which costs nothing until it is used. Otherwise the first append would copy every column.
    const room = new Uint8Array(Math.ceil(bytes / 32) * 40);
    const content = await readInto(file, offset, room.subarray(0, bytes));
    hash.update(content);
    contents.set(name, content);
    offset += bytes;
  }
  if (!hash.digest().equals(await readExactly(file, offset, HASH_BYTES))) return { reason: 'its checksum is wrong' };
  const index = new StoreIndex();
  index.load(sourceOf(contents), header.mark);
  return { index, damaged: header.damaged };
}

function sourceOf(contents: Map<string, Uint8Array>): SectionSource {
  const take = (name: string): Uint8Array => {
    const bytes = contents.get(name);
    if (!bytes) throw new Error(`it has no section ${name}`);
    // Each section is taken once, so that it needn't be held until the last one is.
    contents.delete(name);
    return bytes;
  };
  return { bytes: take, json: (name) => JSON.parse(Buffer.from(take(name)).toString('utf8')) };
}

async function readHeader(file: FileHandle, size: number): Promise<{ header: Header; length: number }> {
  for (let length = 64 * 1024; ; length *= 4) {
    const start = await readExactly(file, 0, Math.min(length, size));
    const end = start.indexOf(0x0a);
    if (end >= 0) return { header: JSON.parse(start.toString('utf8', 0, end)) as Header, length: end + 1 };
    if (length >= Math.min(size, MAX_HEADER_BYTES)) throw new Error('it has no header');
  }
}

async function readExactly(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  return readInto(file, offset, Buffer.alloc(length));
}

async function readInto<B extends Uint8Array>(file: FileHandle, offset: number, target: B): Promise<B> {
  for (let filled = 0; filled < target.length; ) {
    const { bytesRead } = await file.read(target, filled, target.length - filled, offset + filled);
    if (bytesRead === 0) throw new Error('it is cut off');
    filled += bytesRead;
  }
  return target;
}
