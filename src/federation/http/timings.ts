import type { Span } from '../../protocol/observer.ts';
import type { Connection } from './connection.ts';

/** How long each stage of a call took, in milliseconds with one decimal. */
export interface Timings {
  /** 0 on a reused connection, as are `connect` and `tls`. */
  dns: number;
  connect: number;
  tls: number;
  /** From the open connection to the answer's headers. */
  firstByte: number;
  /** From the start of the (last) attempt to the last byte of the body. */
  total: number;
  /** A kept-alive connection was used. */
  reused: boolean;
}

/** Makes the timings of a finished attempt from its marks (`performance.now()`). */
export function timingsOf(marks: {
  startedAt: number;
  headersAt: number;
  endedAt: number;
  connection: Connection | undefined;
  reused: boolean;
}): Timings {
  const { connection, reused, startedAt, headersAt, endedAt } = marks;
  const openAt = reused ? startedAt : (connection?.securedAt ?? startedAt);
  const fresh = reused ? undefined : connection;
  return {
    dns: between(fresh?.startedAt, fresh?.resolvedAt),
    connect: between(fresh?.resolvedAt, fresh?.connectedAt),
    tls: between(fresh?.connectedAt, fresh?.securedAt),
    firstByte: between(openAt, headersAt),
    total: between(startedAt, endedAt),
    reused,
  };
}

function between(from: number | undefined, to: number | undefined): number {
  return from === undefined || to === undefined ? 0 : Math.max(0, Math.round((to - from) * 10) / 10);
}

/** Tells the timings of a finished attempt as parts of `span`, one after the other. @param startedAt by `performance.now()` */
export function tellTimings(
  span: Span,
  { dns, connect, tls, firstByte, total, reused }: Timings,
  startedAt: number,
): void {
  const attempt = span.begin('attempt', startedAt);
  attempt.fact('reused', reused);
  let at = startedAt;
  for (const [name, ms] of Object.entries({ dns, connect, tls, firstByte })) {
    if (ms > 0) attempt.begin(name, at).end(undefined, at + ms);
    at += ms;
  }
  attempt.end(undefined, startedAt + total);
}
