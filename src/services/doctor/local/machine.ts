/** What the operating system says of the process and of the disk of a home. */
import { readdir, readFile, statfs } from 'node:fs/promises';

/** The room on a disk. */
export interface DiskFacts {
  /** Bytes that this user may still write, and all. */
  free: number;
  total: number;
  /** Files that can still be made, and all; 0 of 0 where the file system has no limit. */
  freeInodes: number;
  inodes: number;
}

/** Files and connections of this process. */
export interface DescriptorFacts {
  open: number;
  /** The most that may be open. */
  limit: number;
}

/** Asks the operating system. null: it can't tell. */
export interface Machine {
  disk(directory: string): Promise<DiskFacts | null>;
  descriptors(): Promise<DescriptorFacts | null>;
}

/** This machine. */
export const thisMachine: Machine = {
  async disk(directory) {
    try {
      const { bavail, blocks, bsize, ffree, files } = await statfs(directory);
      return { free: bavail * bsize, total: blocks * bsize, freeInodes: ffree, inodes: files };
    } catch {
      return null;
    }
  },
  async descriptors() {
    try {
      const [open, limits] = await Promise.all([readdir('/proc/self/fd'), readFile('/proc/self/limits', 'utf8')]);
      const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
      return soft === undefined ? null : { open: open.length, limit: Number(soft) };
    } catch {
      // Only Linux has /proc.
      return null;
    }
  },
};
