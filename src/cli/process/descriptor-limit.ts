/** Reads how many files and connections this process may have open. */
import { readFileSync } from 'node:fs';

/** The limit of open files (`ulimit -n`), which Node has raised as far as it may. @returns null where the system doesn't tell */
export function descriptorLimit(): number | null {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const soft = /^Max open files +(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? null : Number(soft);
  } catch {
    // Not Linux. The server then relies on the system, which refuses connections by itself.
    return null;
  }
}
