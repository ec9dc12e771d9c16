import { availableParallelism } from 'node:os';

/** Fewer would leave a slow read in front of everything else. */
const MIN_THREADS = 2;

/**
 * One thread of libuv's pool a core, for commands that verify many signatures. The default of four leaves cores of a larger
 * machine idle, and on a smaller one the threads take the cores from each other. Takes effect only before the pool's first
 * use, hence first thing in a command. A size that the user has set stays.
 *
 * @param forDisk further threads, which mostly wait for the disk
 */
export function sizeThreadPool(env: NodeJS.ProcessEnv = process.env, forDisk = 0): void {
  env['UV_THREADPOOL_SIZE'] ??= String(Math.max(MIN_THREADS, availableParallelism()) + forDisk);
}

/** How many signatures are in the making at once: enough that no thread waits for the next, few enough to stay small. */
export function verifyWindow(): number {
  return 8 * Math.max(MIN_THREADS, availableParallelism());
}
