/**
 * The tracer: makes spans when somebody listens, and tells the listeners of them. It belongs to one home, or to one command, and
 * nothing of it is global. The span that work belongs to is kept beside the asynchronous call: nothing else depends on it, so
 * that a listener that inherits it by mistake puts a span into the wrong place, and breaks nothing.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Fact, Observer, Span, SpanStart } from '../../protocol/observer.ts';
import { redactText, redactValue } from '../../protocol/redact.ts';
import type { SentRequest } from '../../protocol/sent-request.ts';
import type { TraceWish } from './trace-lines.ts';
import type { SpanError, SpanRecord, TraceListener } from './trace-record.ts';
import { type TracePlace, tracePlace, traceparent } from './traceparent.ts';

/** What is observed in one asynchronous call, and the span that it belongs to. */
interface Scope {
  listeners: readonly TraceListener[];
  parent: TracePlace | null;
}

/** The shortest time between two reports of progress of one span, milliseconds. */
const PROGRESS_MS = 100;

/** Makes spans. Without a listener it makes none. */
export class Tracer implements Observer {
  readonly #scopes = new AsyncLocalStorage<Scope>();
  /** Those of all that the home does. */
  #listeners: readonly TraceListener[] = [];
  /** How many calls are followed. */
  #followed = 0;

  begin(name: string, at?: number, start?: SpanStart): Span | null {
    if (this.#followed === 0 && this.#listeners.length === 0) return null;
    const scope = this.#scopes.getStore() ?? { listeners: this.#listeners, parent: null };
    if (scope.listeners.length === 0) return null;
    return new ListenedSpan(this.#scopes, scope, name, at, start);
  }

  /** Tells listeners of all spans from now on. @returns ends that */
  listen(listeners: readonly TraceListener[]): () => void {
    this.#listeners = [...this.#listeners, ...listeners];
    return () => {
      this.#listeners = this.#listeners.filter((each) => !listeners.includes(each));
      this.#rest();
    };
  }

  /**
   * Runs `work`, and tells listeners of the spans of it alone, besides those who listen to everything, or to the call around it.
   * @param parent the `traceparent` of a span of the same owner; null: the spans begin a trace
   */
  async follow<T>(
    listener: TraceListener | readonly TraceListener[],
    parent: string | null,
    work: () => Promise<T>,
  ): Promise<T> {
    this.#followed += 1;
    const scope = {
      listeners: [this.#scopes.getStore()?.listeners ?? this.#listeners, listener].flat(),
      parent: parent === null ? null : tracePlace(parent),
    };
    try {
      return await this.#scopes.run(scope, work);
    } finally {
      this.#followed -= 1;
      this.#rest();
    }
  }

  /** Runs `work` for somebody else: its spans belong to no span, and to no call that is followed. */
  apart<T>(work: () => T): T {
    if (this.#followed === 0 && this.#listeners.length === 0) return work();
    return this.#scopes.run({ listeners: this.#listeners, parent: null }, work);
  }

  /** Tells the listeners of the present call what another process saw, for instance the server that did the work. */
  relay(tell: (listener: TraceListener) => void): void {
    for (const listener of this.#scopes.getStore()?.listeners ?? this.#listeners) {
      if (!listener.ownOnly) tell(listener);
    }
  }

  /** Whether somebody listens in the present call, and what for; null: nobody does. */
  wish(): TraceWish | null {
    const scope = this.#scopes.getStore();
    const listeners = scope?.listeners ?? this.#listeners;
    if (listeners.length === 0) return null;
    return { parent: this.current(), requests: listeners.some(({ sent }) => sent) };
  }

  /** The `traceparent` of the span whose `run` is going on; null without one. */
  current(): string | null {
    const parent = this.#scopes.getStore()?.parent;
    return parent ? traceparent(parent) : null;
  }

  /** Gives up what Node does at each asynchronous call for the sake of the scopes, while nobody listens. */
  #rest(): void {
    if (this.#followed === 0 && this.#listeners.length === 0) this.#scopes.disable();
  }
}

class ListenedSpan implements Span {
  readonly #scopes: AsyncLocalStorage<Scope>;
  readonly #scope: Scope;
  readonly #record: SpanRecord;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(
    scopes: AsyncLocalStorage<Scope>,
    { listeners, parent }: Scope,
    name: string,
    at = performance.now(),
    { kind = 'internal', facts = {} }: SpanStart = {},
  ) {
    this.#scopes = scopes;
    const record: SpanRecord = {
      traceId: parent?.traceId ?? randomBytes(16).toString('hex'),
      spanId: randomBytes(8).toString('hex'),
      parentId: parent?.spanId ?? null,
      name,
      kind,
      start: performance.timeOrigin + at,
      end: null,
      facts: {},
      error: null,
      link: null,
      sampled: parent?.sampled ?? true,
    };
    this.#record = record;
    for (const [fact, value] of Object.entries(facts)) this.fact(fact, value);
    for (const listener of listeners) listener.began?.(record);
    this.#scope = { listeners, parent: record };
  }

  get traceparent(): string {
    return traceparent(this.#record);
  }

  begin(name: string, at?: number, start?: SpanStart): Span {
    return new ListenedSpan(this.#scopes, this.#scope, name, at, start);
  }

  fact(name: string, value: Fact): void {
    this.#record.facts[name] = redactValue(value);
  }

  link(traceparent: string): void {
    this.#record.link = traceparent;
  }

  run<T>(work: () => T): T {
    return this.#scopes.run(this.#scope, work);
  }

  progress(done: number, total: number | null): void {
    const now = performance.now();
    if (now - this.#toldAt < PROGRESS_MS && done !== total) return;
    this.#toldAt = now;
    for (const listener of this.#scope.listeners) listener.progress?.(this.#record, done, total);
  }

  sent(describe: () => SentRequest): void {
    const wanting = this.#scope.listeners.filter(({ sent }) => sent);
    if (wanting.length === 0) return;
    const request = describe();
    for (const listener of wanting) listener.sent?.(this.#record, request);
  }

  end(error?: unknown, at = performance.now()): void {
    if (this.#record.end !== null) return;
    this.#record.end = performance.timeOrigin + at;
    if (error !== undefined && error !== null) this.#record.error = spanError(error);
    for (const listener of this.#scope.listeners) listener.ended?.(this.#record);
  }
}

/** The error of a span. The text of an error that isn't ours is left out, because it may hold anything. */
function spanError(error: unknown): SpanError {
  if (error instanceof CloudilloError) return { code: error.code, message: redactText(error.message) };
  const { code, message, name } = error as { code?: unknown; message?: unknown; name?: unknown };
  if (typeof code === 'string') {
    // An error as data, which a delivery has.
    const ours = !(error instanceof Error) && typeof message === 'string';
    return { code, message: ours ? redactText(message) : '' };
  }
  return { code: typeof name === 'string' ? name : 'error', message: '' };
}
