/** The header `traceparent` (W3C Trace Context, level 1). */

/** A place in a trace. */
export interface TracePlace {
  /** 32 hex digits, not all 0. */
  traceId: string;
  /** 16 hex digits, not all 0. */
  spanId: string;
  sampled: boolean;
}

const VALUE = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
/** Version 0 has no more than four parts. */
const LENGTH = 55;
/** The longest value that is looked at. A later version may have further parts. */
const MAX_LENGTH = 256;

/** Writes the header. */
export function traceparent({ traceId, spanId, sampled }: TracePlace): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

/** Reads the header. @returns null when it is malformed: the trace then begins here */
export function tracePlace(header: string): TracePlace | null {
  if (header.length > MAX_LENGTH || (header.startsWith('00') && header.length !== LENGTH)) return null;
  const [, traceId, spanId, flags] = VALUE.exec(header) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
