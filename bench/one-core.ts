import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Runs `work` with this process, and those that it starts meanwhile, on one core. An answer that wakes its client on another core costs the
 * server more than one whose client is awake: the slower of two servers would pay for that as well. Without `taskset` nothing is pinned.
 */
export async function onOneCore<T>(work: () => Promise<T>): Promise<T> {
  const allowed = /^Cpus_allowed_list:\s+(.+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  const pin = (cores: string) => spawnSync('taskset', ['-a', '-p', '-c', cores, String(process.pid)]);
  pin(allowed.split(/[-,]/, 1)[0] as string);
  try {
    return await work();
  } finally {
    pin(allowed);
  }
}
