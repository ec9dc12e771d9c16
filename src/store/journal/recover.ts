/** Opens the journal after a crash. */
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { CloudilloError } from '../../protocol/errors.ts';
import { diskError, hasErrno } from '../disk/disk-errors.ts';
import { FILE_MODE, removeIfThere, syncDirectory } from '../disk/durable-file.ts';
import type { JournalRecord } from '../model/events.ts';
import type { Damage } from '../model/store-interface.ts';
import { scanSegments } from './file-journal.ts';
import type { Mark, RecordVisitor } from './journal.ts';
import { decodeLine } from './record-line.ts';
import { Scanner } from './scan.ts';
import { lastCompacted, listSegments, SegmentReader, segmentName } from './segments.ts';

/** The journal, ready to append to, with the findings. */
export interface RecoveredJournal {
  mark: Mark;
  segments: number[];
  records: number;
  damaged: Damage[];
  /** The bytes of a write that was cut off. */
  tornBytes: number;
  keptAt: string | null;
  /** Why nothing may be appended: the disk takes no writes, or the torn tail couldn't be kept. */
  refusal: CloudilloError | null;
}

/**
 * Reads a journal from a mark to its end. A torn tail (bytes behind the last good record that are no record) is copied beside the
 * segment and cut off. Bad bytes anywhere else stay and are reported. Everything that is read is synced, except the names in the
 * directory.
 * @param readOnly why nothing may be changed: then a torn tail stays, too
 * @throws {CloudilloError} `store.io`
 */
export async function recoverJournal(
  directory: string,
  from: Mark,
  visit: RecordVisitor,
  readOnly: CloudilloError | null = null,
): Promise<RecoveredJournal> {
  const segments = await listSegments(directory);
  const last = segments.at(-1) ?? from.segment;
  const scanner = new Scanner(from, visit, segmentName);
  noteMissing(scanner, segments, from);
  const reader = new SegmentReader(directory);
  try {
    const end = { segment: last, offset: Number.POSITIVE_INFINITY };
    await scanSegments(scanner, reader, directory, from, end);
  } finally {
    await reader.close();
  }
  const isCompacted = segments.length > 0 && (await lastCompacted(directory, [last])) > 0;
  // A killed process may have written records without a sync. Whoever sends one of them again is told that it is stored.
  for (const segment of segments) if (segment >= from.segment) await syncSegment(directory, segment);
  if (isCompacted) {
    // The segment behind it is lost. Nothing is appended to a compacted one.
    scanner.noteTrailing();
    const mark = { ...scanner.mark, segment: last + 1, offset: 0 };
    return { ...scanner.result(), mark, segments: [...segments, last + 1], tornBytes: 0, keptAt: null, refusal: null };
  }
  const torn = scanner.trailing.map((stretch) => ({ ...stretch }));
  const bytes = torn.reduce((sum, { length }) => sum + length, 0);
  let keptAt: string | null = null;
  let refusal = readOnly;
  if (bytes > 0 && !readOnly) {
    try {
      keptAt = await keepAndCut(directory, last, scanner.mark.offset);
    } catch (error) {
      refusal = diskError(error, 'keep the torn end of the journal', join(directory, segmentName(last)));
    }
    // Whole lines that are bad may have been acknowledged. They are damage, wherever they are.
    for (const { segment, offset, reason, complete } of torn) {
      if (complete)
        scanner.note(segment, offset, `the last record is damaged: ${reason}; kept in ${keptAt ?? 'place'}`);
    }
  }
  return { ...scanner.result(), segments, tornBytes: bytes, keptAt, refusal };
}

/**
 * Whether a mark belongs to this journal: its last record has to be where it was.
 * @returns null when it does, else why not
 * @throws {CloudilloError} `store.io`
 */
export async function markProblem(directory: string, mark: Mark): Promise<string | null> {
  const { last, n, segment, offset } = mark;
  if (!last) return n === 0 ? null : 'it says nothing of its last record';
  const reader = new SegmentReader(directory);
  try {
    const size = await sizeOf(reader, segment);
    if (size < offset) return `${segmentName(segment)} has ${size} bytes, where ${offset} were stored`;
    const end = last.segment === segment ? offset : await sizeOf(reader, last.segment);
    const length = Math.max(1, end - last.offset);
    const line = await reader.line({ segment: last.segment, offset: last.offset, length });
    const decoded = decodeLine((line ?? Buffer.alloc(1)).subarray(0, -1));
    return 'hash' in decoded && isRecordOf(decoded, last.hash, n) ? null : `record ${n} isn't the one that was there`;
  } finally {
    await reader.close();
  }
}

/** The bytes of a segment as it was before any compaction; 0 when it doesn't exist. */
async function sizeOf(reader: SegmentReader, segment: number): Promise<number> {
  const view = await reader.view(segment);
  try {
    return view ? (view.map?.size ?? (await view.size())) : 0;
  } finally {
    view?.release();
  }
}

/** Whether a line is that record, or what a compaction left of it. */
function isRecordOf({ record, hash }: { record: JournalRecord; hash: string }, wanted: string, n: number): boolean {
  const { l, from = record.n } = record;
  return hash === wanted || (l !== undefined && from <= n && n <= record.n);
}

function noteMissing(scanner: Scanner, segments: readonly number[], from: Mark): void {
  const present = new Set(segments);
  for (let segment = from.segment; segment < (segments.at(-1) ?? 0); segment += 1) {
    if (!present.has(segment)) scanner.note(segment, 0, 'the segment is missing', 'sequence');
  }
}

async function syncSegment(directory: string, segment: number): Promise<void> {
  const path = join(directory, segmentName(segment));
  try {
    const file = await open(path, 'r');
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
  } catch (error) {
    // A read-only disk has no pending writes.
    if (!hasErrno(error, 'EROFS')) throw diskError(error, 'sync the journal', path);
  }
}

/** Copies the bytes behind `offset` to a file beside the segment, durably, and only then cuts them off. */
async function keepAndCut(directory: string, segment: number, offset: number): Promise<string> {
  const path = join(directory, segmentName(segment));
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    const kept = await copyAside(directory, segment, offset, async function* () {
      const piece = Buffer.allocUnsafe(1024 * 1024);
      for (let at = offset; at < size; ) {
        const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, size - at), at);
        if (bytesRead === 0) return;
        yield piece.subarray(0, bytesRead);
        at += bytesRead;
      }
    });
    await file.truncate(offset);
    await file.sync();
    return kept;
  } finally {
    await file.close();
  }
}

async function copyAside(
  directory: string,
  segment: number,
  offset: number,
  pieces: () => AsyncIterable<Buffer>,
): Promise<string> {
  const base = `${segmentName(segment).replace('.ndjson', '')}.torn-${offset}`;
  for (let attempt = 1; ; attempt += 1) {
    const path = join(directory, attempt === 1 ? base : `${base}-${attempt}`);
    let copy: FileHandle;
    try {
      copy = await open(path, 'wx', FILE_MODE);
    } catch (error) {
      if (hasErrno(error, 'EEXIST')) continue;
      throw error;
    }
    try {
      for await (const piece of pieces()) await copy.writeFile(piece);
      await copy.sync();
      await syncDirectory(directory);
      return path;
    } catch (error) {
      await removeIfThere(path);
      throw error;
    } finally {
      await copy.close();
    }
  }
}
