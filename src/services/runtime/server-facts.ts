/** What a running server says about itself. */
export interface ServerFacts {
  pid: number;
  /** Where it listens: `https://127.0.0.1:8443`. */
  url: string;
  /** Unix milliseconds. */
  startedAt: number;
}

const servers = new WeakMap<object, ServerFacts>();

/** Called by the server once it listens, so that commands that come through its door can tell it from a short-lived owner. */
export function announceServer(store: object, facts: ServerFacts): void {
  servers.set(store, facts);
}

/** The server that runs in this process on this store; null in a command that opened the store for itself. */
export function serverFacts(store: object): ServerFacts | null {
  return servers.get(store) ?? null;
}
