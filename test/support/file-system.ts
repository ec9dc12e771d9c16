/** File systems for tests that need none of a real machine. */
import type { FileSystem } from '../../src/store/disk/file-systems.ts';

/** A roomy disk with everything on it. */
export function fileSystem(changes: Partial<FileSystem> = {}): FileSystem {
  const room = { free: 2 ** 40, total: 2 ** 41, freeInodes: 1_000, inodes: 2_000 };
  return { mount: '/', paths: ['/home/alice/journal'], ...room, ...changes };
}
