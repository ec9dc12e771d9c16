/** The two clocks of a home. They come in as an argument; nothing below the services reads the machine's. */
export interface Clock {
  /** Unix milliseconds. It may jump: only for what is written as a date, sent, or compared with claims. */
  wall(): number;
  /**
   * Milliseconds, always forward: for limits, pauses, deadlines, and what is remembered in memory. It begins with the wall clock's
   * time at the start of the process, so that the time of a next attempt can be kept on disk.
   */
  monotonic(): number;
}
