/** The size of libuv's thread pool. */
import { availableParallelism } from 'node:os';

/** With fewer threads a slow read would block everything else. */
const MIN_THREADS = 2;

/**
 * Sizes libuv's pool to one thread for each core, for commands that verify many signatures. The default of four leaves cores of a
 * larger machine idle, and on a smaller one the threads compete. It works only before the first use of the pool, so call it first
 * in a command. A size that the user has set stays.
 * @param forDisk further threads, which mostly wait for the disk
 */
export function sizeThreadPool(env: NodeJS.ProcessEnv = process.env, forDisk = 0): void {
  env['UV_THREADPOOL_SIZE'] ??= String(Math.max(MIN_THREADS, availableParallelism()) + forDisk);
}

/** How many signatures to verify at once: no thread waits for the next one, and memory stays small. */
export function verifyWindow(): number {
  return 8 * Math.max(MIN_THREADS, availableParallelism());
}
