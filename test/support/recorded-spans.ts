import type { Fact, Observer, Span } from '../../src/protocol/observer.ts';

/** What an observer was told of a span. */
export interface RecordedSpan {
  name: string;
  /** The names of those that it is a part of, and its own: `arrival > known`. */
  path: string;
  facts: Record<string, Fact>;
  start: number;
  /** null: it wasn't ended. */
  end: number | null;
  error: unknown;
}

/** An observer that keeps everything. A span that ends twice is a fault. */
export function recordSpans(): { observer: Observer; spans: RecordedSpan[] } {
  const spans: RecordedSpan[] = [];
  const begin = (parent: string, name: string, at = performance.now()): Span => {
    const path = parent === '' ? name : `${parent} > ${name}`;
    const span: RecordedSpan = { name, path, facts: {}, start: at, end: null, error: undefined };
    spans.push(span);
    return {
      begin: (part, partAt) => begin(path, part, partAt),
      fact(fact, value) {
        span.facts[fact] = value;
      },
      end(error, endAt = performance.now()) {
        if (span.end !== null) throw new Error(`${path} ended twice`);
        span.end = endAt;
        span.error = error;
      },
    };
  };
  return { observer: { begin: (name, at) => begin('', name, at) }, spans };
}
