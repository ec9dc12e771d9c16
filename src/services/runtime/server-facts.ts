/** What a running server reports about itself. */
import type { ErrorObject } from '../../protocol/errors.ts';
import type { ProfileReads } from './profile-reads.ts';

/** A running server. */
export interface ServerFacts {
  pid: number;
  /** The URL that it listens at: `https://127.0.0.1:8443`. */
  url: string;
  /** Unix milliseconds. */
  startedAt: number;
}

/** The state of a background worker. */
export interface WorkerState {
  name: string;
  /** `paused`: it failed and is started again soon. `stopped`: the server is stopping. */
  state: 'running' | 'paused' | 'stopped';
  /** How often it was started again. */
  restarts: number;
  /** Its last failure; null when it never failed. */
  error: ErrorObject | null;
  /** When it is started again, unix milliseconds; null when it isn't paused. */
  nextStartAt: number | null;
}

/** A ban. Times are of the monotonic clock, milliseconds. */
export interface KnownBan {
  /** The address that sent bad signatures; IPv6: its /64. */
  address: string;
  /** The network that is banned with it; IPv6: the same. */
  network: string;
  since: number;
  until: number;
}

/** What a server remembers of addresses. It is in memory only. */
export interface AddressMemory {
  /** The bans that hold. */
  bans(): KnownBan[];
  /** The ban that holds for an address; null when none does. */
  banOf(address: string): KnownBan | null;
  /** Ends the bans that hold for an address or a network, as the list names them. @param address null: all @returns those */
  lift(address: string | null): KnownBan[];
  /** How many letters of proof of work a CONN from this address must end in. */
  powLevel(address: string): number;
  /** The addresses whose CONNs have to do proof of work. IPv6: a /64. */
  demands(): { address: string; letters: number }[];
}

/**
 * Where a server announces that it runs. Commands that come through its door can tell it from a command that owns the home for a
 * moment.
 */
export interface ServerSlot {
  /** The server that runs in this process on this home; null when a command opened the home. */
  facts: ServerFacts | null;
  /** When it started, by the monotonic clock. */
  since: number;
  /** The current state of its background workers. */
  workers: () => WorkerState[];
  /** What it remembers of addresses; null: no server runs, or its limits are off. */
  addresses: AddressMemory | null;
  /** The latest requests for the profiles of its tenants. */
  profileReads: ProfileReads;
  /** How many lines of its log could not be written. */
  logDropped: () => number;
  /** The connections that it could not take. */
  connectionsDropped: () => DroppedConnections;
}

/** Connections that a server dropped because its process may open no more files. */
export interface DroppedConnections {
  /** Since it started. */
  count: number;
  /** Whether the last one was a few minutes ago at most. */
  lately: boolean;
}
