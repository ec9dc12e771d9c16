/** Removes what writes that a crash interrupted left behind, and nothing that this program did not make. */
import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrno } from './disk-errors.ts';

// As temporaryPath makes them: the file that it would become, the process, 12 random digits.
const TEMPORARY = /^\.(.+)\.([1-9]\d{0,9})\.[0-9a-f]{12}\.tmp$/;

/** Whose temporary files are swept. */
export interface SweepOptions {
  /** Only those that would become one of these files. Default: any. */
  names?: readonly string[];
  /** Other processes write in the directory, too: only what the dead left is swept. */
  shared?: boolean;
}

/** Is this the name of a temporary file? */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/**
 * Removes the temporary files of a directory, by the names that `temporaryPath` makes. Without `shared` only where nobody else
 * writes.
 */
export async function sweepTemporary(directory: string, { names, shared = false }: SweepOptions = {}): Promise<void> {
  try {
    for (const entry of await readdir(directory)) {
      const [, name = '', pid] = TEMPORARY.exec(entry) ?? [];
      if (pid === undefined || (names && !names.includes(name))) continue;
      if (!shared || !isWrittenByOther(Number(pid))) await unlink(join(directory, entry));
    }
  } catch {
    // They only take up room, and the next start tries again.
  }
}

/** May another process that runs be at work under this number? */
export function isWrittenByOther(pid: number): boolean {
  // This process has just started: its own number is that of a dead one. In a container it is often the same each time.
  return pid !== process.pid && isRunning(pid);
}

/** Does a process with this number run? */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasErrno(error, 'ESRCH');
  }
}
