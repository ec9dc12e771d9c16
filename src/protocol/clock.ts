/** The two clocks of a home. They are passed in as an argument: no layer below the services reads the machine's clock. */
export interface Clock {
  /** The wall clock, unix milliseconds. It may jump. Use it only for a time that is written, sent, or compared with claims. */
  wall(): number;
  /**
   * The monotonic clock, milliseconds. It never goes back. Use it for limits, pauses, deadlines, and what is remembered in
   * memory. It starts at the wall clock's time at the start of the process, so that the time of a next attempt can be kept on
   * disk.
   */
  monotonic(): number;
}
