/** The timings of a call. */
import { type AttemptReport, attemptReport } from './address-attempt.ts';
import { type Connection, leadingAttempt } from './connection.ts';

/** The duration of each stage of a call, in milliseconds with one decimal. */
export interface Timings {
  /** 0 on a reused connection, as are `connect` and `tls`. */
  dns: number;
  connect: number;
  tls: number;
  /** From the open connection to the answer's headers. */
  firstByte: number;
  /** From the start of the (last) attempt to the last byte of the body. */
  total: number;
  /** Whether an idle connection was reused. */
  reused: boolean;
  /** The address that answered. */
  address?: string;
  /** The attempts of a new connection, when there were several, in the order in which they began. */
  tried?: AttemptReport[];
}

/** Computes the timings of a finished attempt from its marks (`performance.now()`). */
export function timingsOf(marks: {
  startedAt: number;
  headersAt: number;
  endedAt: number;
  connection: Connection | undefined;
  reused: boolean;
}): Timings {
  const { connection, reused, startedAt, headersAt, endedAt } = marks;
  const fresh = reused ? undefined : connection;
  const winner = leadingAttempt(fresh);
  const address = leadingAttempt(connection)?.address;
  const openAt = winner?.securedAt ?? startedAt;
  return {
    dns: between(fresh?.startedAt, fresh?.resolvedAt),
    connect: between(fresh?.resolvedAt, winner?.connectedAt),
    tls: between(winner?.connectedAt, winner?.securedAt),
    firstByte: between(openAt, headersAt),
    total: between(startedAt, endedAt),
    reused,
    ...(address !== undefined && { address }),
    ...(fresh && fresh.attempts.length > 1 && { tried: fresh.attempts.map(attemptReport) }),
  };
}

function between(from: number | undefined, to: number | undefined): number {
  return from === undefined || to === undefined ? 0 : Math.max(0, Math.round((to - from) * 10) / 10);
}
