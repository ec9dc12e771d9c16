import { readFileSync } from 'node:fs';

/** The system's tick in `/proc`, in seconds. */
const TICK = 0.01;

/** Processor time that a process has used, in seconds, and its resident memory, in megabytes. Linux only. */
export function processFacts(pid: number): { seconds: number; megabytes: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name of the program, in parentheses, may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { seconds: (Number(fields[11]) + Number(fields[12])) * TICK, megabytes: Number(kilobytes) / 1024 };
}
