/** Keeps file descriptors back from the clients of a server, so that it can always work for those that are connected. */
import type { Server } from 'node:net';
import type { Clock } from '../../protocol/clock.ts';
import { errorToObject } from '../../protocol/errors.ts';
import type { Log } from '../../services/runtime/deps.ts';
import type { DroppedConnections } from '../../services/runtime/server-facts.ts';

/** What files, the control door, deliveries and lookups need at least. */
const LEAST_RESERVE = 32;
const LEAST_CONNECTIONS = 8;
/** The pause between two lines of the log, milliseconds. */
const LOG_PAUSE = 60_000;
/** How long after the last one connections count as dropped lately, milliseconds. */
const LATELY = 10 * 60_000;

/** The most connections for a limit of descriptors: three quarters of it, because a connection may also read a file. */
export function mostConnections(limit: number): number {
  return Math.max(LEAST_CONNECTIONS, limit - Math.max(LEAST_RESERVE, Math.ceil(limit / 4)));
}

/**
 * Drops connections beyond what the descriptors of this process allow, and goes on when none could be accepted. Call it once the
 * server listens.
 * @param limit the most descriptors of this process; null: unknown
 * @returns what was dropped so far
 */
export function keepReserve(
  server: Server,
  { limit, clock, log }: { limit: number | null; clock: Clock; log: Log },
): () => DroppedConnections {
  let count = 0;
  let lastAt = Number.NEGATIVE_INFINITY;
  let loggedAt = Number.NEGATIVE_INFINITY;
  const dropped = (fields: Record<string, unknown>): void => {
    count += 1;
    lastAt = clock.monotonic();
    if (lastAt - loggedAt < LOG_PAUSE) return;
    loggedAt = lastAt;
    log('warn', 'connections are dropped: this process may open no more files (ulimit -n)', {
      ...fields,
      dropped: count,
    });
  };
  if (limit !== null) server.maxConnections = mostConnections(limit);
  server.on('drop', () => dropped({ limit, most: server.maxConnections }));
  // Without a listener the first failed accept would end the process.
  server.on('error', (error) => dropped({ limit, error: errorToObject(error) }));
  return () => ({ count, lately: clock.monotonic() - lastAt < LATELY });
}
