/** Paths of sockets that fit into a socket address. */
import { existsSync } from 'node:fs';
import { open, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrno } from '../disk/disk-errors.ts';
import { makeTemporaryDirectory } from '../disk/temporary-directory.ts';

// sockaddr_un holds 107 bytes and a NUL on Linux, 103 on macOS; libuv cuts off what is longer without a word.
const LONGEST = 100;

/** A path to a directory that is short enough for a socket's name in it. */
export interface ShortDirectory {
  path: string;
  /** Call when bound or connected: the short name isn't needed any longer. */
  close(): Promise<void>;
}

/**
 * A name for `directory` to which `/<file>` can be added and still fit in a socket address: itself when short, else by
 * an open descriptor (Linux), else by a symbolic link in the temporary directory.
 * @param file the longest path below the directory that will be used
 */
export async function shortDirectory(directory: string, file: string): Promise<ShortDirectory> {
  if (Buffer.byteLength(join(directory, file)) <= LONGEST) return { path: directory, close: async () => {} };
  if (existsSync('/proc/self/fd')) {
    const handle = await open(directory, 'r');
    return { path: `/proc/self/fd/${handle.fd}`, close: () => handle.close() };
  }
  const folder = await makeTemporaryDirectory('cl-');
  const path = join(folder, 'h');
  try {
    await symlink(directory, path);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return { path, close: () => rm(folder, { recursive: true, force: true }) };
}

/** Is there no socket behind this name, or one that nobody listens on any longer? */
export function isDeadSocket(error: unknown): boolean {
  // Reset: it stopped listening while we waited in its backlog, which an owner does last of all.
  return hasErrno(error, 'ECONNRESET', 'ECONNREFUSED', 'ENOENT', 'ENOTDIR', 'ENOTSOCK', 'ELOOP');
}
