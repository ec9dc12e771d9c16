/** Recognises and ends the server process of a home. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const POLL_MS = 50;

/**
 * Whether the process runs, and is the server of this home. Process IDs are reused after a crash and a reboot, so no process gets
 * a signal before its command line names the home.
 */
export async function isServerOf(pid: number, home: string): Promise<boolean> {
  const words = (await commandLine(pid)) ?? [];
  return words.includes(home) && words.includes('serve');
}

async function commandLine(pid: number): Promise<string[] | null> {
  try {
    if (process.platform === 'linux') return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    // Elsewhere words can't be told apart. The home is looked for as one word, so a path with spaces isn't found.
    const { stdout } = await run('ps', ['-o', 'command=', '-p', String(pid)]);
    return stdout.trim().split(/\s+/);
  } catch {
    // There is no such process.
    return null;
  }
}

/** Ends a process that {@link isServerOf} has recognised: SIGTERM, then SIGKILL after `graceMs`. Resolves when it has ended. */
export async function endProcess(pid: number, home: string, graceMs = 10_000): Promise<void> {
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended meanwhile.
    }
  };
  signal('SIGTERM');
  const insistAt = performance.now() + graceMs;
  let insisted = false;
  // It isn't a child of this process, so there is no event to wait for.
  while (await isServerOf(pid, home)) {
    if (!insisted && performance.now() > insistAt) {
      insisted = true;
      signal('SIGKILL');
    }
    await sleep(POLL_MS);
  }
}
