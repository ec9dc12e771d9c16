/** Removes temporary files of interrupted writes, and nothing that this program did not make. */
import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrno } from './disk-errors.ts';
import { temporaryStem } from './durable-file.ts';

// The names of temporaryPath: the stem of the final file, the process, 12 random digits.
const TEMPORARY = /^\.(.+)\.([1-9]\d{0,9})\.[0-9a-f]{12}\.tmp$/;

/** Which temporary files are removed. */
export interface SweepOptions {
  /** Only those of these files. Default: of any. */
  names?: readonly string[];
  /** Other processes write in the directory, too: only files of ended processes are removed. */
  shared?: boolean;
}

/** Whether this is the name of a temporary file. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/**
 * Removes the temporary files of a directory, by the names of `temporaryPath`. Use it without `shared` only where no other
 * process writes.
 */
export async function sweepTemporary(directory: string, { names, shared = false }: SweepOptions = {}): Promise<void> {
  const stems = names?.map(temporaryStem);
  try {
    for (const entry of await readdir(directory)) {
      const [, stem = '', pid] = TEMPORARY.exec(entry) ?? [];
      if (pid === undefined || (stems && !stems.includes(stem))) continue;
      if (!shared || !isWrittenByOther(Number(pid))) await unlink(join(directory, entry));
    }
  } catch {
    // They only take up space, and the next start tries again.
  }
}

/** Whether another running process may be writing under this number. */
export function isWrittenByOther(pid: number): boolean {
  // This process has just started, so its own number is that of an ended one. In a container it is often the same each time.
  return pid !== process.pid && isRunning(pid);
}

/** Whether a process with this number runs. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasErrno(error, 'ESRCH');
  }
}
