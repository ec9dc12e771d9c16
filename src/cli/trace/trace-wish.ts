/** What a command's flags and the environment want to see of it. It is asked at each start, so it loads nothing. */

/** What is wanted. */
export interface TraceWishes {
  /** `--trace`. */
  trace: boolean;
  /** `--trace-file`. */
  file: string | undefined;
  /** `--curl`. */
  curl: boolean;
  /** Whether spans are sent to a collector. */
  otlp: OtlpWish;
  /** Whether the terminal shows what is waited for. */
  waiting: boolean;
  /** `--verbose`. */
  verbose: boolean;
}

/** Whether OpenTelemetry's standard variables name a collector. `problem` says why nothing can be sent to it. */
export type OtlpWish = { wanted: false } | { wanted: true; problem: string | null };

/** The flags of a command that decide what is seen, and where its secrets come from. */
export interface TraceFlags {
  trace?: boolean;
  'trace-file'?: string;
  curl?: boolean;
  as?: string;
  'bearer-file'?: string;
  data?: string;
  quiet?: boolean;
  verbose?: boolean;
}

/** What is known of a command before it runs. */
export interface TraceCase {
  /** Whether it talks to others. */
  talks: boolean;
  /** Whether it may take long without that. */
  mayTakeLong: boolean;
  /** Whether it shows by itself what it does. */
  showsProgress: boolean;
  isServer: boolean;
  /** Whether stderr is a terminal. It is asked last. */
  terminal: () => boolean;
  env: NodeJS.ProcessEnv;
}

/** What is wanted of a command; null: nothing. */
export function traceWishOf(
  flags: TraceFlags,
  { talks, mayTakeLong, showsProgress, isServer, terminal, env }: TraceCase,
): TraceWishes | null {
  const { trace = false, 'trace-file': file, curl = false, quiet = false } = flags;
  const otlp = otlpWish(talks ? env : {});
  const verbose = flags.verbose === true && talks && !isServer;
  const waiting = (talks || mayTakeLong) && !showsProgress && !isServer && !quiet && terminal();
  const wanted = trace || curl || file !== undefined || otlp.wanted || waiting || verbose;
  return wanted ? { trace, file, curl, otlp, waiting, verbose } : null;
}

/** Reads the environment. Without a variable that names a collector, nothing is wanted. */
function otlpWish(env: NodeJS.ProcessEnv): OtlpWish {
  const exporter = env['OTEL_TRACES_EXPORTER']?.trim();
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  const disabled = env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || exporter === 'none';
  if (disabled || (!endpoint && exporter !== 'otlp')) return { wanted: false };
  if (exporter && exporter !== 'otlp') {
    return { wanted: true, problem: `OTEL_TRACES_EXPORTER is ${JSON.stringify(exporter)}, and only otlp is supported` };
  }
  const protocol = env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] || env['OTEL_EXPORTER_OTLP_PROTOCOL'];
  if (protocol && !protocol.startsWith('http/')) {
    return {
      wanted: true,
      problem: `the OTLP protocol is ${JSON.stringify(protocol)}, and only http/json is supported`,
    };
  }
  return { wanted: true, problem: null };
}
