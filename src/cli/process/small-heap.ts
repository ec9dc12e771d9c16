/** Makes V8 give memory back while a server is quiet. */
import { setFlagsFromString } from 'node:v8';

/** How often a server looks whether it is quiet, milliseconds. */
const LOOK = 1_000;
/** The most of that time that a quiet server is busy. */
const QUIET = 0.1;

/**
 * Makes V8 prefer a small heap whenever the process was quiet for a second. A server that was busy for a moment otherwise keeps tens of
 * megabytes of garbage for good. A busy one has a large heap, because a small one is collected so often that it takes a third of the
 * processor time. The flag is one that V8 asks for at each collection, so it may be changed while the process runs.
 * @param setFlag sets a flag of V8
 */
export function preferSmallHeapWhenQuiet(setFlag: (flag: string) => void = setFlagsFromString): void {
  let isSmall = false;
  let before = performance.eventLoopUtilization();
  const look = () => {
    const { utilization } = performance.eventLoopUtilization(before);
    before = performance.eventLoopUtilization();
    const wasSmall = isSmall;
    isSmall = utilization <= QUIET;
    if (isSmall !== wasSmall) setFlag(isSmall ? '--optimize-for-size' : '--no-optimize-for-size');
  };
  setInterval(look, LOOK).unref();
}
