import { availableParallelism } from 'node:os';

/** libuv's own default. */
const DEFAULT_THREADS = 4;

/**
 * One thread of libuv's pool a core, for commands that verify many signatures: the default of four would leave the other
 * cores of a larger machine idle. Takes effect only before the pool's first use, hence first thing in a command. A size
 * that the user has set stays.
 */
export function sizeThreadPool(env: NodeJS.ProcessEnv = process.env): void {
  env['UV_THREADPOOL_SIZE'] ??= String(Math.max(DEFAULT_THREADS, availableParallelism()));
}

/** How many signatures are in the making at once: enough that no thread waits for the next, few enough to stay small. */
export function verifyWindow(): number {
  return 4 * Math.max(DEFAULT_THREADS, availableParallelism());
}
