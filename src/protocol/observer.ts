/**
 * The interface through which a home, or a command, reports what it does and how long each part takes. It has the shape of
 * OpenTelemetry's tracer: a span has a name, a begin, an end, a parent, facts and a place in a trace.
 */
import type { SentRequest } from './sent-request.ts';

/** The value of a fact about a span. */
export type Fact = string | number | boolean | string[];

/** Whether a span is a request that is sent, one that is answered, or neither. */
export type SpanKind = 'internal' | 'client' | 'server';

/** What is known of a span when it begins. */
export interface SpanStart {
  /** Default: `internal`. */
  kind?: SpanKind;
  facts?: Record<string, Fact>;
}

/** A stretch of work that is observed. Times are milliseconds of `performance.now()`. */
export interface Span {
  /** Its place in the trace, as the header `traceparent` carries it (W3C Trace Context). */
  readonly traceparent: string;
  /** Begins a part of this span. @param at when it began; default: now */
  begin(name: string, at?: number, start?: SpanStart): Span;
  /** Tells a fact. Names are those of OpenTelemetry's conventions, else `cloudillo.…`. Never a secret. */
  fact(name: string, value: Fact): void;
  /** Links to the `traceparent` that a stranger sent, well-formed. It decides nothing. */
  link(traceparent: string): void;
  /** Runs `work`. Spans that the observer begins meanwhile, and after it asynchronously, are parts of this one. */
  run<T>(work: () => T): T;
  /** Tells how much is done. @param total null: unknown */
  progress(done: number, total: number | null): void;
  /** Tells of a request that goes out. `describe` is called only when somebody wants to know. */
  sent(describe: () => SentRequest): void;
  /** Ends the span. Call it once. @param error why it failed; default: it succeeded @param at when it ended; default: now */
  end(error?: unknown, at?: number): void;
}

/** Receives all spans of a home. It must not throw. */
export interface Observer {
  /**
   * Begins a span: a part of the one whose `run` is going on, else the first of a trace.
   * @returns null when this span isn't observed. Call its methods with `?.`, so that unobserved facts are never computed
   */
  begin(name: string, at?: number, start?: SpanStart): Span | null;
}

/** The observer of a home that isn't observed. It makes no objects. */
export const NOBODY: Observer = { begin: () => null };

/**
 * Runs `work` within a span, which ends with it.
 * @param work gets null when nobody observes
 * @param start what is known of the span when it begins
 */
export async function observed<T>(
  observer: Pick<Observer, 'begin'> | null,
  name: string,
  work: (span: Span | null) => Promise<T>,
  start?: SpanStart,
): Promise<T> {
  const span = observer?.begin(name, undefined, start) ?? null;
  if (span === null) return work(null);
  try {
    const result = await span.run(() => work(span));
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}
