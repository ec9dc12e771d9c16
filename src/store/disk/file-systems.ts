/** Tells which directories of a home lie on which file system: any of them may be a mount of its own. */
import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A file system with directories of a home on it. */
export interface FileSystem {
  /** Where it is mounted. */
  mount: string;
  /** The directories on it, in the order in which they were asked for. */
  paths: string[];
  /** Bytes that this user may still write, and all. */
  free: number;
  total: number;
  /** Files that can still be made, and all; 0 of 0 where the file system has no limit. */
  freeInodes: number;
  inodes: number;
}

/** Asks about the file systems of directories. One that can't be asked is left out: a write that fails tells by itself. */
export async function fileSystemsOf(directories: readonly string[]): Promise<FileSystem[]> {
  const found = new Map<string, FileSystem>();
  for (const path of directories) {
    const mount = await mountOf(path);
    if (mount === null) continue;
    const known = found.get(mount);
    if (known) known.paths.push(path);
    else {
      const facts = await statfs(path).catch(() => null);
      if (!facts) continue;
      const { bavail, blocks, bsize, ffree, files } = facts;
      const room = { free: bavail * bsize, total: blocks * bsize, freeInodes: ffree, inodes: files };
      found.set(mount, { mount, paths: [path], ...room });
    }
  }
  return [...found.values()];
}

/** The highest directory above a path that is on the same device: where it is mounted. null: it can't be told. */
export async function mountOf(path: string): Promise<string | null> {
  try {
    const { dev } = await stat(path);
    for (let at = path; ; at = dirname(at)) {
      const above = dirname(at);
      if (above === at || (await stat(above)).dev !== dev) return at;
    }
  } catch {
    return null;
  }
}
