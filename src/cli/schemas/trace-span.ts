/** The JSON of a span, as `--trace` and `--trace-file` write it. */
import { type Static, Type } from '@sinclair/typebox';
import { nullable, oneOf } from './nullable.ts';

/** A stretch of work with its time. Parts come before the whole, because a line is written when a span ends. */
export const traceSpan = Type.Object(
  {
    trace: Type.String({
      pattern: '^[0-9a-f]{32}$',
      description: 'the trace: one command, or one request that is answered',
    }),
    span: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    parent: nullable(Type.String({ pattern: '^[0-9a-f]{16}$', description: 'the span that it is a part of' })),
    name: Type.String(),
    kind: oneOf('internal', 'client', 'server'),
    start: Type.String({ format: 'date-time', description: 'with microseconds' }),
    ms: Type.Number({ minimum: 0, description: 'milliseconds' }),
    facts: Type.Record(
      Type.String(),
      Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Array(Type.String())]),
      {
        description: "by the names of OpenTelemetry's conventions, else cloudillo.…",
      },
    ),
    error: nullable(
      Type.Object({
        code: Type.String({ description: 'a code of docs/exit-codes.md, else what the system said: ECONNREFUSED' }),
        message: Type.String({ description: 'empty for an error of the system' }),
      }),
    ),
    link: nullable(Type.String({ description: 'the traceparent that a stranger sent with the request' })),
  },
  { additionalProperties: false, $id: 'trace-span', title: 'a line of --trace and --trace-file' },
);

/** A line of a trace. */
export type TraceSpan = Static<typeof traceSpan>;
