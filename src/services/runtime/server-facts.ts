/** What a running server says about itself. */
export interface ServerFacts {
  pid: number;
  /** Where it listens: `https://127.0.0.1:8443`. */
  url: string;
  /** Unix milliseconds. */
  startedAt: number;
}

/** Where a server says that it runs, so that commands that come through its door can tell it from a short-lived owner. */
export interface ServerSlot {
  /** The server that runs in this process on this home. null: a command opened the home for itself. */
  facts: ServerFacts | null;
  /** Since when it runs, by the monotonic clock. */
  since: number;
}
