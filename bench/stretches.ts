/** Measures how long the event loop of this process is at one thing. */
import { openSync, readSync } from 'node:fs';
import { PerformanceObserver, performance } from 'node:perf_hooks';

/** How long this thread ran, in milliseconds: another process that takes the processor meanwhile doesn't count, where the system tells. */
function threadClock(): () => number {
  if (process.platform !== 'linux') return () => performance.now();
  const file = openSync('/proc/self/schedstat', 'r');
  const text = Buffer.alloc(64);
  return () => Number.parseInt(text.toString('latin1', 0, readSync(file, text, 0, 64, 0)), 10) / 1e6;
}

const ran = threadClock();

/** Watches the turns of the event loop. @returns the longest, without the garbage that was collected in it; milliseconds */
export function watchStretches(): { longest: () => number } {
  const turns: { start: number; end: number; took: number }[] = [];
  const collected: { start: number; end: number }[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries())
      collected.push({ start: startTime, end: startTime + duration });
  });
  observer.observe({ entryTypes: ['gc'] });
  let last = performance.now();
  let before = ran();
  let over = false;
  const turn = () => {
    const now = performance.now();
    const took = ran() - before;
    if (took > 1) turns.push({ start: last, end: now, took });
    last = now;
    before += took;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  return {
    longest() {
      over = true;
      for (const { startTime, duration } of observer.takeRecords())
        collected.push({ start: startTime, end: startTime + duration });
      observer.disconnect();
      const own = turns.map(({ start, end, took }) => {
        const inside = collected.filter((gc) => gc.start < end && gc.end > start);
        return took - inside.reduce((sum, gc) => sum + Math.min(gc.end, end) - Math.max(gc.start, start), 0);
      });
      return Math.max(0, ...own);
    },
  };
}
