/** Keeps the spans of what a command does, for the command itself. */
import type { SpanRecord, TraceListener } from '../../services/tracing/trace-record.ts';
import type { TraceSpan } from '../schemas/trace-span.ts';
import { tracedSpan } from './trace-line.ts';

/** The spans that were kept, the whole before its parts. */
export interface KeptSpans {
  spans: TraceSpan[];
  /** How many there were beyond those. */
  left: number;
}

/** A listener that keeps the first spans. @param most how many */
export function keepSpans(most: number): TraceListener & { kept(): KeptSpans } {
  const spans: SpanRecord[] = [];
  let left = 0;
  return {
    began(span) {
      if (spans.length < most) spans.push(span);
      else left += 1;
    },
    kept() {
      const now = performance.timeOrigin + performance.now();
      return { spans: spans.map((span) => tracedSpan({ ...span, end: span.end ?? now })), left };
    },
  };
}

/** A kept span for the tree. */
export function spanOf({ trace, span, parent, start, ms, ...others }: TraceSpan): SpanRecord {
  const at = Date.parse(start);
  return { ...others, traceId: trace, spanId: span, parentId: parent, start: at, end: at + ms, sampled: false };
}
