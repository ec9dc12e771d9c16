/**
 * The interface through which a home reports what it does and how long each part takes. It has the shape of OpenTelemetry's
 * tracer, which can implement it: a span has a name, a begin, an end, a parent and facts.
 */

/** The value of a fact about a span. */
export type Fact = string | number | boolean;

/** A stretch of work that is observed. Times are milliseconds of `performance.now()`. */
export interface Span {
  /** Begins a part of this span. @param at when it began; default: now */
  begin(name: string, at?: number): Span;
  fact(name: string, value: Fact): void;
  /** Ends the span. Call it once. @param error why it failed; default: it succeeded @param at when it ended; default: now */
  end(error?: unknown, at?: number): void;
}

/** Receives all spans of a home. It must not throw. */
export interface Observer {
  /**
   * Begins a span. @returns null when this span isn't observed. Call its methods with `?.`, so that unobserved facts are never
   * computed
   */
  begin(name: string, at?: number): Span | null;
}

/** The observer of a home that isn't observed. It makes no objects. */
export const NOBODY: Observer = { begin: () => null };
