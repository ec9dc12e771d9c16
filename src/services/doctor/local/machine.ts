/** What the operating system says of the process. */
import { readdir, readFile } from 'node:fs/promises';

/** Files and connections of this process. */
export interface DescriptorFacts {
  open: number;
  /** The most that may be open. */
  limit: number;
}

/** Asks the operating system. null: it can't tell. */
export interface Machine {
  descriptors(): Promise<DescriptorFacts | null>;
}

/** This machine. */
export const thisMachine: Machine = {
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
