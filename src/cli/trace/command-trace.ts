/** The trace of one command: who listens to it, and its first span. */
import type { ChalkInstance } from 'chalk';
import type { CloudilloError } from '../../protocol/errors.ts';
import { observed } from '../../protocol/observer.ts';
import type { TraceListener } from '../../services/tracing/trace-record.ts';
import { Tracer } from '../../services/tracing/tracer.ts';
import type { Output } from '../output/output.ts';
import { eraseStatus, showStatus } from '../output/status-line.ts';
import { type CurlSources, curlLines } from './curl-lines.ts';
import type { OtlpExport } from './otlp.ts';
import { openTraceFile } from './trace-file.ts';
import { traceLines } from './trace-line.ts';
import { traceTree } from './trace-tree.ts';
import type { OtlpWish, TraceWishes } from './trace-wish.ts';
import { verboseLines } from './verbose-lines.ts';
import { waitingLine } from './waiting-line.ts';

/** Whose trace it is, and where it goes. */
export interface TraceOptions {
  /** `follow`. */
  command: string;
  /** Each trace is written when it is over, and the command itself is none. */
  isServer: boolean;
  /** Whether stderr is a terminal. */
  terminal: boolean;
  /** chalk for stderr. */
  colors: ChalkInstance;
  output: Pick<Output, 'talk' | 'tell' | 'tellJson' | 'detail'>;
  /** Where the secrets of this run came from, for `--curl`. */
  sources: CurlSources;
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
  close(): Promise<void>;
}

/** Begins the trace of a command. @throws CloudilloError `store.io`: the file can't be written */
export async function startTrace(
  { trace, file, curl, otlp: wish, waiting, verbose }: TraceWishes,
  { command, isServer, terminal, colors, output, sources, warn }: TraceOptions,
): Promise<CommandTrace> {
  const tracer = new Tracer();
  const traceFile = file === undefined ? null : openTraceFile(file, warn);
  const tree = trace && terminal ? traceTree(colors, isServer ? (lines) => output.tell(lines) : undefined) : null;
  const otlp = await otlpFor(wish, (text) => output.talk(text));
  const line = waiting ? waitingLine({ show: showStatus, erase: eraseStatus }) : null;
  const listeners: TraceListener[] = [
    ...(tree ? [tree] : []),
    ...(trace && !terminal ? [traceLines((line) => output.tellJson(line))] : []),
    ...(traceFile ? [traceLines(traceFile.write)] : []),
    ...(curl ? [curlLines(sources, (lines) => output.tell(lines))] : []),
    ...(otlp ? [otlp.listener] : []),
    ...(verbose ? [verboseLines((line) => output.detail(line))] : []),
    ...(line ? [line] : []),
  ];
  return {
    tracer,
    async run(work) {
      if (!isServer)
        return tracer.follow(listeners, null, () => observed(tracer, `cloudillo ${command}`, () => work()));
      const end = tracer.listen(listeners);
      return work().finally(end);
    },
    async close() {
      line?.close();
      if (tree) output.tell(tree.lines());
      traceFile?.close();
      await otlp?.close();
    },
  };
}

/** Loads what sends traces; null, after a warning, when they can't be sent. */
async function otlpFor(wish: OtlpWish, warn: (text: string) => void): Promise<OtlpExport | null> {
  if (!wish.wanted) return null;
  if (wish.problem !== null) {
    warn(`No traces are sent: ${wish.problem}`);
    return null;
  }
  const { openOtlp } = await import('./otlp.ts');
  const { version } = await import('../../../package.json', { with: { type: 'json' } });
  return openOtlp(version, warn);
}
