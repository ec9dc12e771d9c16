/** The JSON of errors. */
import { Type } from '@sinclair/typebox';
import { dateTime, oneOf } from './nullable.ts';

/** An error. The object is the same in every command. */
export const errorObject = Type.Object(
  {
    code: Type.String({
      pattern: '^[a-z]+\\.[a-z0-9-]+$',
      description: 'area and what; it decides the exit code (docs/exit-codes.md)',
    }),
    message: Type.String({ description: 'for people; the wording may change' }),
    stage: Type.Optional(Type.String({ description: 'the step that failed' })),
    check: Type.Optional(
      Type.String({ description: 'the question that was answered with no: signature, relation, rate-limit' }),
    ),
    blame: Type.Optional(oneOf('sender', 'us', 'peer', 'network', 'user')),
    retryable: Type.Boolean({ description: 'may the same call succeed later?' }),
    hint: Type.Optional(Type.String({ description: 'what to do next' })),
    retryAfter: Type.Optional(Type.Number({ description: 'seconds' })),
    retryAt: Type.Optional(dateTime('when to try again: `retryAfter` as a time')),
    details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    cause: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);

/** The output of any command that fails with `--json`. */
export const errorOutput = Type.Object({ error: errorObject }, { additionalProperties: false });
