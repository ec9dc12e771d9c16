/** How much a bus takes on. Times in milliseconds, sizes in bytes. */
export interface BusLimits {
  /** The largest frame of a client (specification: WebSocket bus). A command is a line; ours may be as large as an action. */
  frame: number;
  /** What may wait for one reader: two of our largest frames. A reader that falls further behind is let go. */
  buffer: number;
  /** Between two pings; a socket that answered nothing since the last one is dead. */
  heartbeat: number;
  /** How long the other side may take to answer a close. */
  closing: number;
  /** Sockets of one address (IPv6: /64); off together with the rate limits. */
  perAddress: number;
  /** Listeners of one identity. */
  perTenant: number;
  /** Events that wait to be passed on, over all identities. */
  backlog: number;
  /** Commands that one client may send a second, and at once. */
  commands: { points: number; seconds: number; burst: number };
}

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
