import { readdirSync, readFileSync } from 'node:fs';

/** Processor time that the threads of a process have used, in seconds. Linux only. */
export function processorSeconds(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  // In nanoseconds. The times in `stat` are whole ticks.
  const times = threads.map((thread) =>
    Number.parseInt(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'), 10),
  );
  return times.reduce((sum, time) => sum + time, 0) / 1e9;
}

/** Resident memory of a process, in megabytes. Linux only. */
export function residentMegabytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}
