/** The file of `--trace-file`. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { CloudilloError } from '../../protocol/errors.ts';
import { isFull, whyUnreadable } from '../../store/disk/disk-errors.ts';

/** A file that lines are appended to. A line is written at once: what was seen before a crash is there. */
export interface TraceFile {
  write(line: string): void;
  close(): void;
}

/**
 * Opens the file, which only its owner can read. What it holds already stays.
 * @param onLost called once, when a line can't be written; later ones are dropped
 * @throws CloudilloError `store.io`
 */
export function openTraceFile(path: string, onLost: (error: CloudilloError) => void): TraceFile {
  const file = open(path);
  let lost = false;
  return {
    write(line) {
      if (lost) return;
      try {
        const bytes = Buffer.from(line);
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      } catch (error) {
        lost = true;
        onLost(notWritten(path, error));
      }
    },
    close: () => closeSync(file),
  };
}

function open(path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (error) {
    throw notWritten(path, error);
  }
}

function notWritten(path: string, cause: unknown): CloudilloError {
  const full = isFull(cause);
  return new CloudilloError(
    full ? 'store.full' : 'store.io',
    `The trace can't be written to ${path}: ${whyUnreadable(cause)}`,
    {
      stage: 'store',
      hint: full ? 'The disk is full: make room' : 'Name another file with --trace-file',
      details: { path },
      cause,
    },
  );
}
