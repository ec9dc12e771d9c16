/** What a trace consists of, as data: it crosses the control door, and is what every output is made from. */
import type { Fact, SpanKind } from '../../protocol/observer.ts';
import type { SentRequest } from '../../protocol/sent-request.ts';

/** Why a span failed. */
export interface SpanError {
  /** `network.refused`, `ECONNREFUSED`. */
  code: string;
  /** Empty for an error that isn't one of ours: its text may hold anything. */
  message: string;
}

/** A span as data. Times are unix milliseconds with fractions. */
export interface SpanRecord {
  /** 32 hex digits. */
  traceId: string;
  /** 16 hex digits. */
  spanId: string;
  parentId: string | null;
  name: string;
  kind: SpanKind;
  start: number;
  /** null: it isn't over. */
  end: number | null;
  facts: Record<string, Fact>;
  error: SpanError | null;
  /** The `traceparent` of a stranger. */
  link: string | null;
  /** Whether a collector keeps the trace: the flag that goes out with `traceparent`. */
  sampled: boolean;
}

/** Receives what a tracer sees. A record that was told of as begun is the same object when it ends. */
export interface TraceListener {
  /** It isn't told of spans of another process. */
  ownOnly?: boolean;
  began?(span: SpanRecord): void;
  /** @param total null: unknown */
  progress?(span: SpanRecord, done: number, total: number | null): void;
  sent?(span: SpanRecord, request: SentRequest): void;
  ended?(span: SpanRecord): void;
}
