/** Paths of sockets that fit into a socket address. */
import { existsSync } from 'node:fs';
import { open, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrno } from '../disk/disk-errors.ts';
import { makeTemporaryDirectory } from '../disk/temporary-directory.ts';

// sockaddr_un holds 107 bytes and a NUL on Linux, 103 on macOS. libuv silently cuts off longer paths.
const LONGEST = 100;

/** A path to a directory that is short enough for a socket's name in it. */
export interface ShortDirectory {
  path: string;
  /** Call it when the socket is bound or connected. The short path isn't needed any longer then. */
  close(): Promise<void>;
}

/**
 * A path of `directory` that is short enough for a socket in it: the directory itself, else an open descriptor (Linux), else a
 * symbolic link in the temporary directory.
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

/** Whether the error means that no socket has this name, or that nobody listens on it. */
export function isDeadSocket(error: unknown): boolean {
  // Reset: it stopped listening while this process waited in its backlog, which is the last thing that an owner does.
  return hasErrno(error, 'ECONNRESET', 'ECONNREFUSED', 'ENOENT', 'ENOTDIR', 'ENOTSOCK', 'ELOOP');
}
