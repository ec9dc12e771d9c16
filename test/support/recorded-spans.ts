import { AsyncLocalStorage } from 'node:async_hooks';
import type { Fact, Observer, Span, SpanKind, SpanStart } from '../../src/protocol/observer.ts';
import type { SentRequest } from '../../src/protocol/sent-request.ts';

/** What an observer was told of a span. */
export interface RecordedSpan {
  name: string;
  /** The names of those that it is a part of, and its own: `arrival > known`. */
  path: string;
  kind: SpanKind;
  facts: Record<string, Fact>;
  start: number;
  /** null: it wasn't ended. */
  end: number | null;
  error: unknown;
  sent?: SentRequest;
  /** The last that it told. */
  progress?: { done: number; total: number | null };
  link?: string;
}

/** An observer that keeps everything. A span that ends twice is a fault. */
export function recordSpans(): { observer: Observer; spans: RecordedSpan[] } {
  const spans: RecordedSpan[] = [];
  const parents = new AsyncLocalStorage<string>();
  const begin = (parent: string, name: string, at = performance.now(), start: SpanStart = {}): Span => {
    const path = parent === '' ? name : `${parent} > ${name}`;
    const { kind = 'internal', facts = {} } = start;
    const span: RecordedSpan = { name, path, kind, facts: { ...facts }, start: at, end: null, error: undefined };
    const number = spans.push(span);
    return {
      traceparent: `00-${'1'.repeat(32)}-${String(number).padStart(16, '0')}-01`,
      begin: (part, partAt, partStart) => begin(path, part, partAt, partStart),
      fact(fact, value) {
        span.facts[fact] = value;
      },
      link(traceparent) {
        span.link = traceparent;
      },
      run: (work) => parents.run(path, work),
      progress(done, total) {
        span.progress = { done, total };
      },
      sent(describe) {
        span.sent = describe();
      },
      end(error, endAt = performance.now()) {
        if (span.end !== null) throw new Error(`${path} ended twice`);
        span.end = endAt;
        span.error = error;
      },
    };
  };
  return { observer: { begin: (name, at, start) => begin(parents.getStore() ?? '', name, at, start) }, spans };
}
