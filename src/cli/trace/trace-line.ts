/** A span as one line of JSON, for programs. */
import type { SpanRecord, TraceListener } from '../../services/tracing/trace-record.ts';
import { jsonLine } from '../output/foreign-text.ts';
import type { TraceSpan } from '../schemas/trace-span.ts';

/** A listener that writes a line when a span ends: parts come before the whole. */
export function traceLines(write: (line: string) => void): TraceListener {
  return { ended: (span) => write(jsonLine(tracedSpan(span))) };
}

/** The span as a line has it. */
export function tracedSpan({
  traceId,
  spanId,
  parentId,
  name,
  kind,
  start,
  end,
  facts,
  error,
  link,
}: SpanRecord): TraceSpan {
  const ms = Math.max(0, (end ?? start) - start);
  return {
    ...{ trace: traceId, span: spanId, parent: parentId, name, kind },
    start: withMicroseconds(start),
    ms: Math.round(ms * 1000) / 1000,
    ...{ facts, error, link },
  };
}

function withMicroseconds(unixMs: number): string {
  const whole = Math.floor(unixMs);
  const micros = Math.floor((unixMs - whole) * 1000);
  return new Date(whole).toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`);
}
