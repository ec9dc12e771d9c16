/** The JSON of `load`. */
import { type Static, Type } from '@sinclair/typebox';
import { dateTime, nullable, strict } from './nullable.ts';

const count = Type.Integer({ minimum: 0 });
const ms = Type.Number({ minimum: 0, description: 'milliseconds' });
const latency = Type.Object({ mean: ms, p50: ms, p90: ms, p95: ms, p99: ms, p999: ms, max: ms }, strict);
const weight = Type.Optional(Type.Integer({ minimum: 1 }));
const number = nullable(Type.Number());

/** What was measured. */
export const loadResult = Type.Object(
  {
    idTag: Type.String(),
    startedAt: dateTime(),
    rate: nullable(Type.Integer({ minimum: 1, description: 'requests a second' })),
    concurrency: Type.Integer({ minimum: 1 }),
    issuers: Type.Array(Type.String()),
    mix: Type.Object({ FLLW: weight, REACT: weight, PRES: weight, PROXY: weight, profile: weight }, strict),
    durationMs: count,
    stopped: Type.Boolean({ description: 'a signal ended it before its end: no condition is proven' }),
    sent: Type.Integer({
      minimum: 0,
      description: 'requests; those with the cause "unsent" failed before they were sent',
    }),
    succeeded: count,
    failed: count,
    unanswered: Type.Integer({ minimum: 0, description: 'requests that were open when it was stopped' }),
    throughput: Type.Number({ minimum: 0, description: 'requests a second that were answered well' }),
    latency: nullable(latency),
    corrected: Type.Boolean({ description: 'latencies count from when a request was due, not from when it was sent' }),
    distribution: Type.Array(
      Type.Object(
        { upTo: nullable(Type.Number({ description: 'milliseconds; the limit before it is the lower one' })), count },
        strict,
      ),
      { description: 'latencies by size' },
    ),
    errors: Type.Array(Type.Object({ cause: Type.String(), count }, strict)),
    seconds: Type.Array(Type.Object({ answered: count, failed: count, p50: nullable(ms), p99: nullable(ms) }, strict)),
    thresholds: Type.Array(
      Type.Object({ text: Type.String(), limit: Type.Number(), measured: number, passed: Type.Boolean() }, strict),
    ),
    baseline: nullable(
      Type.Object(
        {
          startedAt: dateTime(),
          measured: Type.Object(
            {
              ...{ mean: number, p50: number, p90: number, p95: number, p99: number, p999: number, max: number },
              errors: nullable(Type.Number({ description: 'a part of 1' })),
              throughput: number,
            },
            strict,
          ),
          differs: Type.Array(
            Type.Union(
              (['idTag', 'rate', 'concurrency', 'issuers', 'mix', 'stopped'] as const).map((one) => Type.Literal(one)),
            ),
            { description: 'in what the earlier run was another one' },
          ),
        },
        strict,
      ),
    ),
  },
  strict,
);

export type LoadOutput = Static<typeof loadResult>;
