import type { Clock } from '../../src/protocol/clock.ts';

/** Two clocks that go together. */
export function clockOf(now: () => number): Clock {
  return { wall: now, monotonic: now };
}

/** Clocks that a test moves: both by `pass`, the wall clock alone by `jump`. Milliseconds. */
export function movedClock(start: number): Clock & { pass(ms: number): void; jump(ms: number): void } {
  let [monotonic, ahead] = [start, 0];
  return {
    wall: () => monotonic + ahead,
    monotonic: () => monotonic,
    pass(ms) {
      monotonic += ms;
    },
    jump(ms) {
      ahead += ms;
    },
  };
}
