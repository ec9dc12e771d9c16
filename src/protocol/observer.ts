/**
 * Who watches what a home does, and how long each part takes. The shape is that of OpenTelemetry's tracer, which can be put behind it: a
 * span has a name, a begin, an end, a parent and facts.
 */

/** What a span tells besides its times. */
export type Fact = string | number | boolean;

/** A stretch of work that somebody observes. Times are milliseconds of `performance.now()`. */
export interface Span {
  /** Begins a part of it. @param at when it began; default: now */
  begin(name: string, at?: number): Span;
  fact(name: string, value: Fact): void;
  /** Ends it, once. @param error why it failed; default: it didn't @param at when it ended; default: now */
  end(error?: unknown, at?: number): void;
}

/** Gets all spans of a home. It must not throw. */
export interface Observer {
  /** @returns null: nobody observes this. Call its methods with `?.`, so that facts nobody wants are not made */
  begin(name: string, at?: number): Span | null;
}

/** The observer of a home that nobody observes: it makes no object. */
export const NOBODY: Observer = { begin: () => null };
