/** The limits of the bus. */

/** The limits of the bus. Times are in milliseconds, sizes in bytes. */
export interface BusLimits {
  /**
   * The largest frame that a client may send (specification: WebSocket bus). A command is a short line; frames to the client may
   * be as large as an action.
   */
  frame: number;
  /** How much may wait for one client: two of the largest frames. A client that is slower is disconnected. */
  buffer: number;
  /** The time between two pings. A socket that sent nothing since the last ping is dead. */
  heartbeat: number;
  /** How long the client may take to answer a close. */
  closing: number;
  /** Sockets of one address (IPv6: /64). It is off together with the rate limits. */
  perAddress: number;
  /** Listeners of one tenant. */
  perTenant: number;
  /** Events that may wait to be sent, over all tenants. */
  backlog: number;
  /** How many commands a client may send in a second, and at once. */
  commands: { points: number; seconds: number; burst: number };
}

/** The default limits. */
export const BUS_LIMITS: BusLimits = {
  frame: 64 * 1024,
  buffer: 8 * 1024 * 1024,
  heartbeat: 30_000,
  closing: 2_000,
  perAddress: 64,
  perTenant: 2_048,
  backlog: 10_000,
  commands: { points: 50, seconds: 1, burst: 200 },
};
