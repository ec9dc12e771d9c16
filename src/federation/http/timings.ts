/** The timings of a call. */
import type { Span } from '../../protocol/observer.ts';
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

/** Reports the timings of a finished attempt as parts of `span`, one after the other. @param startedAt by `performance.now()` */
export function tellTimings(
  span: Span,
  { dns, connect, tls, firstByte, total, reused, address, tried = [] }: Timings,
  startedAt: number,
): void {
  const attempt = span.begin('attempt', startedAt);
  attempt.fact('reused', reused);
  if (address !== undefined) attempt.fact('address', address);
  for (const { address, outcome, code, ms } of tried) {
    if (outcome !== 'connected') attempt.fact(`address.${address}`, `${code} after ${ms} ms`);
  }
  let at = startedAt;
  for (const [name, ms] of Object.entries({ dns, connect, tls, firstByte })) {
    if (ms > 0) attempt.begin(name, at).end(undefined, at + ms);
    at += ms;
  }
  attempt.end(undefined, startedAt + total);
}
