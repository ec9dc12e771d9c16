/** The JSON of `report`. */
import { type TSchema, Type } from '@sinclair/typebox';
import { homeExamination, peerExamination } from './doctor.ts';
import { errorObject } from './error.ts';
import { arrivalSchema } from './inbox-log.ts';
import { dateTime, nullable, oneOf, strict } from './nullable.ts';
import { failingPeer } from './status.ts';
import { storeCheck } from './store-check.ts';
import { traceSpan } from './trace-span.ts';

const changedSetting = Type.Object(
  { name: Type.String(), value: Type.Unknown(), origin: oneOf('flag', 'environment', 'config') },
  strict,
);

const deliveryFacts = Type.Object(
  {
    byState: Type.Record(Type.String(), Type.Integer(), { description: 'how many deliveries are in each state' }),
    failing: Type.Array(failingPeer, { maxItems: 100, description: 'peers whose circuit is not closed' }),
    failingCount: Type.Integer({ minimum: 0 }),
  },
  strict,
);

function orError<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Object({ error: errorObject }, strict)]);
}

/** What a bug report needs, without secrets. */
export const bugReport = Type.Object(
  {
    madeAt: dateTime(),
    version: Type.String(),
    node: Type.String(),
    system: Type.String({ description: 'operating system, its version, processor' }),
    settings: Type.Union([Type.Array(changedSetting), Type.Object({ error: errorObject }, strict)], {
      description: 'those that are not the default',
    }),
    environment: Type.Array(Type.String(), { description: 'names of variables that are set' }),
    doctor: homeExamination,
    peer: nullable(peerExamination),
    deliveries: orError(deliveryFacts),
    inbox: orError(
      Type.Object(
        { arrivals: Type.Array(arrivalSchema, { maxItems: 200 }), hasMore: Type.Boolean() },
        { ...strict, description: 'what came in the last hour, newest first' },
      ),
    ),
    store: orError(
      Type.Object(
        {
          ...storeCheck.properties,
          findings: Type.Array(storeCheck.properties.findings.items, { maxItems: 50 }),
          findingCount: Type.Integer({ description: 'how many findings there are' }),
        },
        { ...strict, description: 'what "store check" finds' },
      ),
    ),
    trace: Type.Object(
      {
        spans: Type.Array(traceSpan, { maxItems: 400 }),
        left: Type.Integer({ description: 'how many spans there were beyond those' }),
      },
      { ...strict, description: 'of what was done for the report' },
    ),
    traces: nullable(Type.Array(Type.String(), { description: 'the last lines of the file of traces' })),
    log: nullable(Type.Array(Type.String(), { description: 'its last lines' })),
  },
  strict,
);
