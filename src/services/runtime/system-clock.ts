/** The clocks of the machine. */
import type { Clock } from '../../protocol/clock.ts';

/** The clocks of this machine. */
export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => Math.floor(performance.timeOrigin + performance.now()),
};
