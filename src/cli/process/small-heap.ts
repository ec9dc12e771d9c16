/** Makes V8 give memory back while a server is quiet. */
import { setFlagsFromString } from 'node:v8';

/** How often a server looks whether it is busy, milliseconds. */
const LOOK = 200;
/** The most of that time that a quiet server works. */
const QUIET = 0.1;
/** The looks in a row at which a server was quiet before its heap is made small: a second. */
const LOOKS = 5;

/**
 * Makes V8 prefer a small heap whenever the process was quiet for a second. A server that was busy for a moment otherwise keeps tens of
 * megabytes of garbage for good. A busy one has a large heap, because a small one is collected so often that it takes a third of the
 * processor time. The flag is one that V8 asks for at each collection, so it may be changed while the process runs.
 * @param setFlag sets a flag of V8
 */
export function preferSmallHeapWhenQuiet(setFlag: (flag: string) => void = setFlagsFromString): void {
  let quiet = 0;
  let before = performance.eventLoopUtilization();
  const look = () => {
    const { utilization } = performance.eventLoopUtilization(before);
    before = performance.eventLoopUtilization();
    const wasQuiet = quiet;
    quiet = utilization <= QUIET ? quiet + 1 : 0;
    if (quiet === LOOKS) setFlag('--optimize-for-size');
    if (quiet === 0 && wasQuiet >= LOOKS) setFlag('--no-optimize-for-size');
  };
  setInterval(look, LOOK).unref();
}
