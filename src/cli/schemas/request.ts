/** The JSON of `get` and `request`. */
import { type Static, Type } from '@sinclair/typebox';

const milliseconds = Type.Number({ minimum: 0, description: 'milliseconds' });

/** The outcome for one address that was tried. */
export const triedAddress = Type.Object(
  {
    address: Type.String(),
    port: Type.Integer({ minimum: 1, maximum: 65_535 }),
    outcome: Type.Union(
      ['connected', 'failed', 'pending', 'blocked', 'untried'].map((outcome) => Type.Literal(outcome)),
    ),
    code: Type.Optional(Type.String({ description: 'why not, for programs: network.refused' })),
    reason: Type.Optional(Type.String({ description: 'the same for people; the wording may change' })),
    ours: Type.Optional(Type.Literal(true, { description: 'this machine has no way to it' })),
    ms: milliseconds,
  },
  { additionalProperties: false },
);

/** The duration of each stage of a request. */
export const timingsSchema = Type.Object(
  {
    dns: milliseconds,
    connect: milliseconds,
    tls: milliseconds,
    firstByte: milliseconds,
    total: milliseconds,
    reused: Type.Boolean({ description: 'a connection that was open already' }),
    address: Type.Optional(Type.String({ description: 'the address that answered' })),
    tried: Type.Optional(
      Type.Array(triedAddress, { description: 'each address that was tried, where there was more than one' }),
    ),
  },
  { additionalProperties: false },
);

/** The TLS connection and the peer's certificate. */
export const tlsSchema = Type.Object(
  {
    subject: Type.Optional(Type.String()),
    altNames: Type.Array(Type.String()),
    issuer: Type.String(),
    validFrom: Type.String({ format: 'date-time' }),
    validTo: Type.String({ format: 'date-time' }),
    protocol: Type.String(),
  },
  { additionalProperties: false },
);

/** An answer as it came. */
export const answerSchema = Type.Object(
  {
    url: Type.String({ description: 'without the query, which may hold a token' }),
    status: Type.Integer(),
    headers: Type.Record(Type.String(), Type.String()),
    bodyType: Type.Union([Type.Literal('json'), Type.Literal('text'), Type.Literal('base64'), Type.Literal('none')]),
    body: Type.Unknown({ description: 'JSON as JSON, text as a string, anything else in base64' }),
    timings: timingsSchema,
  },
  { additionalProperties: false },
);

export type AnswerOutput = Static<typeof answerSchema>;
