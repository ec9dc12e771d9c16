/**
 * Sends spans to a collector: OTLP over HTTP, as JSON. OpenTelemetry's SDK samples, batches, retries and reads its own variables. It
 * is loaded only when they ask for it, and registers nothing that is global.
 */
import type { Context, HrTime, Span, SpanKind } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { SpanRecord, TraceListener } from '../../services/tracing/trace-record.ts';
import { type TracePlace, tracePlace } from '../../services/tracing/traceparent.ts';

/** Where spans are sent to. */
export interface OtlpExport {
  listener: TraceListener;
  /** Sends what waits, for at most {@link LAST_MS}. */
  close(): Promise<void>;
}

/** How long the end of a command waits for the collector, milliseconds. */
const LAST_MS = 2_000;

const PACKAGES = [
  '@opentelemetry/api@1.9',
  '@opentelemetry/resources@2.12',
  '@opentelemetry/sdk-trace-base@2.12',
  '@opentelemetry/exporter-trace-otlp-http@0.223',
];

/**
 * Loads the SDK.
 * @param version of this program
 * @param warn gets one sentence when traces can't be sent: the packages aren't there, or the collector doesn't take them
 * @returns null when the packages, which are optional, aren't installed
 */
export async function openOtlp(version: string, warn: (text: string) => void): Promise<OtlpExport | null> {
  const sdk = await loadSdk();
  if (sdk === null) {
    warn(`OTEL_… asks for traces, which takes optional packages: npm install ${PACKAGES.join(' ')}`);
    return null;
  }
  const { api, resources, base, otlp } = sdk;
  // The SDK asks for IDs right when a span is started.
  let next: TracePlace = { traceId: '', spanId: '', sampled: true };
  const provider = new base.BasicTracerProvider({
    resource: resources
      .defaultResource()
      .merge(resources.resourceFromAttributes({ 'service.name': 'cloudillo', 'service.version': version }))
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    idGenerator: { generateTraceId: () => next.traceId, generateSpanId: () => next.spanId },
    spanProcessors: [new base.BatchSpanProcessor(warningOnce(new otlp.OTLPTraceExporter(), warn))],
  });
  const tracer = provider.getTracer('cloudillo', version);
  const open = new Map<string, Span>();
  const contextOf = (place: TracePlace): Context => {
    const traceFlags = place.sampled ? api.TraceFlags.SAMPLED : api.TraceFlags.NONE;
    return api.trace.setSpanContext(api.ROOT_CONTEXT, { ...place, traceFlags, isRemote: true });
  };
  const parentOf = ({ traceId, parentId, sampled }: SpanRecord): Context => {
    if (parentId === null) return api.ROOT_CONTEXT;
    const parent = open.get(parentId);
    return parent ? api.trace.setSpan(api.ROOT_CONTEXT, parent) : contextOf({ traceId, spanId: parentId, sampled });
  };
  return {
    listener: {
      ownOnly: true,
      began(record) {
        next = record;
        const kind = api.SpanKind[record.kind.toUpperCase() as keyof typeof SpanKind];
        const span = tracer.startSpan(record.name, { kind, startTime: hrTime(record.start) }, parentOf(record));
        record.sampled = (span.spanContext().traceFlags & api.TraceFlags.SAMPLED) !== 0;
        open.set(record.spanId, span);
      },
      ended(record) {
        const span = open.get(record.spanId);
        if (!span) return;
        open.delete(record.spanId);
        span.setAttributes(record.facts);
        const stranger = record.link === null ? null : tracePlace(record.link);
        const context = stranger && api.trace.getSpanContext(contextOf(stranger));
        if (context) span.addLink({ context });
        if (record.error) {
          const { code, message } = record.error;
          span.setAttribute('error.type', code);
          span.setStatus({ code: api.SpanStatusCode.ERROR, message: message || code });
        }
        span.end(hrTime(record.end ?? record.start));
      },
    },
    close: async () => {
      const timeout = AbortSignal.timeout(LAST_MS);
      const late = new Promise<'late'>((resolve) => timeout.addEventListener('abort', () => resolve('late')));
      // What failed was told of by the exporter.
      const done = provider.shutdown().then(
        () => 'done' as const,
        () => 'done' as const,
      );
      if ((await Promise.race([done, late])) === 'late')
        warn('The collector of traces takes too long: the last are lost');
    },
  };
}

async function loadSdk() {
  try {
    const [api, resources, base, otlp] = await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-http'),
    ]);
    return { api, resources, base, otlp };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

/** The exporter, with a warning at its first failure. */
function warningOnce(exporter: SpanExporter, warn: (text: string) => void): SpanExporter {
  let warned = false;
  return {
    export(spans: ReadableSpan[], done) {
      exporter.export(spans, (result) => {
        if (result.error && !warned) {
          warned = true;
          warn(`The collector of traces (OTEL_EXPORTER_OTLP_…) takes none: ${reasonOf(result.error)}`);
        }
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    ...(exporter.forceFlush && { forceFlush: exporter.forceFlush.bind(exporter) }),
  };
}

/** Without what a collector answered, or the URL, either of which may hold a secret. */
function reasonOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' || typeof code === 'number' ? String(code) : error.name;
}

function hrTime(unixMs: number): HrTime {
  const seconds = Math.floor(unixMs / 1000);
  return [seconds, Math.round((unixMs - seconds * 1000) * 1e6)];
}
