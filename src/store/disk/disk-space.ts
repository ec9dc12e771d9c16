/** Tells how much room there is on the disk of a home. */
import { statfs } from 'node:fs/promises';

/** The room on a disk, in bytes. */
export interface Room {
  /** What a user without privileges may still write. */
  free: number;
  total: number;
}

/** Asks for the room on a disk. */
export interface DiskSpace {
  /** @returns null: the system can't tell */
  room(): Promise<Room | null>;
}

/** How long an answer is used, milliseconds. */
const FRESH = 2_000;

/** Asks the file system of a directory, every two seconds at most. @param monotonic milliseconds */
export function diskSpaceOf(directory: string, monotonic: () => number): DiskSpace {
  let last: { at: number; room: Promise<Room | null> } | null = null;
  return {
    room() {
      const at = monotonic();
      if (!last || at - last.at >= FRESH) last = { at, room: askFor(directory) };
      return last.room;
    },
  };
}

async function askFor(directory: string): Promise<Room | null> {
  try {
    const { bavail, blocks, bsize } = await statfs(directory);
    return { free: bavail * bsize, total: blocks * bsize };
  } catch {
    // A file system that can't tell is no reason to refuse anybody: a write that fails tells by itself.
    return null;
  }
}
