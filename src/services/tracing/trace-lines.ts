/** A trace as lines: a server that does a command's work tells the command through the control door what it sees. */
import type { SentRequest } from '../../protocol/sent-request.ts';
import type { SpanRecord, TraceListener } from './trace-record.ts';

/** What a command wants to be told of its operation in another process. */
export interface TraceWish {
  /** The `traceparent` of the command's span; null: none. */
  parent: string | null;
  /** Whether it wants the requests that are sent, too. */
  requests: boolean;
}

/** One line. A span is told of when it begins and when it ends; between them only its ID is. */
export type TraceLine =
  | { began: SpanRecord }
  | { ended: SpanRecord }
  | { progress: { spanId: string; done: number; total: number | null } }
  | { sent: { spanId: string; request: SentRequest } };

/** Listens, and sends what it hears as lines. */
export function sendingLines(send: (line: TraceLine) => void, { requests }: TraceWish): TraceListener {
  return {
    began: (span) => send({ began: span }),
    ended: (span) => send({ ended: span }),
    progress: ({ spanId }, done, total) => send({ progress: { spanId, done, total } }),
    ...(requests && { sent: ({ spanId }: SpanRecord, request: SentRequest) => send({ sent: { spanId, request } }) }),
  };
}

/**
 * Reads lines, and tells listeners of them.
 * @param tell calls a function with each listener
 */
export function readingLines(tell: (each: (listener: TraceListener) => void) => void): (line: TraceLine) => void {
  const open = new Map<string, SpanRecord>();
  return (line) => {
    if ('began' in line) {
      open.set(line.began.spanId, line.began);
      tell((listener) => listener.began?.(line.began));
    } else if ('ended' in line) {
      const span = Object.assign(open.get(line.ended.spanId) ?? line.ended, line.ended);
      open.delete(span.spanId);
      tell((listener) => listener.ended?.(span));
    } else if ('progress' in line) {
      const { spanId, done, total } = line.progress;
      const span = open.get(spanId);
      if (span) tell((listener) => listener.progress?.(span, done, total));
    } else {
      const { spanId, request } = line.sent;
      const span = open.get(spanId);
      if (span) tell((listener) => listener.sent?.(span, request));
    }
  };
}

/** Reads a wish that came through the door. @returns null: none */
export function traceWish(value: unknown): TraceWish | null {
  if (typeof value !== 'object' || value === null) return null;
  const { parent, requests } = value as Partial<Record<keyof TraceWish, unknown>>;
  return { parent: typeof parent === 'string' ? parent : null, requests: requests === true };
}
