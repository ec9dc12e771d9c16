/** The trace of one command: who listens to it, and its first span. */
import type { ChalkInstance } from 'chalk';
import type { CloudilloError } from '../../protocol/errors.ts';
import { observed } from '../../protocol/observer.ts';
import type { SentRequest } from '../../protocol/sent-request.ts';
import type { SpanRecord, TraceListener } from '../../services/tracing/trace-record.ts';
import { Tracer } from '../../services/tracing/tracer.ts';
import type { Lines } from '../output/output.ts';
import { openTraceFile } from './trace-file.ts';
import { traceLines } from './trace-line.ts';
import { traceTree } from './trace-tree.ts';

/** What was asked for, and where it goes. */
export interface TraceOptions {
  /** `follow`. */
  command: string;
  /** Each trace is written when it is over, and the command itself is none. */
  isServer: boolean;
  trace: boolean;
  file: string | undefined;
  /** Whether stderr is a terminal. */
  terminal: boolean;
  /** chalk for stderr. */
  colors: ChalkInstance;
  /** Writes text for people to stderr. */
  tell: (lines: Lines) => void;
  /** Writes a line to stderr as it is. */
  writeLine: (line: string) => void;
  /** Reports what couldn't be done: the command goes on. */
  warn: (error: CloudilloError) => void;
}

/** The trace of a command that runs. */
export interface CommandTrace {
  /** Gets the spans. */
  tracer: Tracer;
  /** Runs the command within the first span. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Writes what is written at the end. */
  close(): void;
}

/** Begins the trace of a command. @throws CloudilloError `store.io`: the file can't be written */
export function startTrace(options: TraceOptions): CommandTrace {
  const { command, isServer, trace, file, terminal, colors, tell, writeLine, warn } = options;
  const tracer = new Tracer();
  const traceFile = file === undefined ? null : openTraceFile(file, warn);
  const tree = trace && terminal ? traceTree(colors, isServer ? tell : undefined) : null;
  const listeners: TraceListener[] = [
    ...(tree ? [tree] : []),
    ...(trace && !terminal ? [traceLines(writeLine)] : []),
    ...(traceFile ? [traceLines(traceFile.write)] : []),
  ];
  return {
    tracer,
    async run(work) {
      const listener = together(listeners);
      if (!isServer) return tracer.follow(listener, null, () => observed(tracer, `cloudillo ${command}`, () => work()));
      const end = tracer.listen(listener);
      return work().finally(end);
    },
    close() {
      if (tree) tell(tree.lines());
      traceFile?.close();
    },
  };
}

/** Several listeners as one. */
function together(listeners: readonly TraceListener[]): TraceListener {
  const each = (tell: (listener: TraceListener) => void): void => {
    for (const listener of listeners) tell(listener);
  };
  return {
    began: (span) => each((listener) => listener.began?.(span)),
    progress: (span, done, total) => each((listener) => listener.progress?.(span, done, total)),
    ended: (span) => each((listener) => listener.ended?.(span)),
    // Without anybody who wants requests none is described.
    ...(listeners.some(({ sent }) => sent) && {
      sent: (span: SpanRecord, request: SentRequest) => each((listener) => listener.sent?.(span, request)),
    }),
  };
}
