import { Type } from '@sinclair/typebox';

/** What went wrong: the same object in every command. */
export const errorObject = Type.Object(
  {
    code: Type.String({
      pattern: '^[a-z]+\\.[a-z0-9-]+$',
      description: 'area and what; the area decides the exit code',
    }),
    message: Type.String({ description: 'for people; the wording may change' }),
    stage: Type.Optional(Type.String({ description: 'the step that failed' })),
    retryable: Type.Boolean({ description: 'may the same call succeed later?' }),
    hint: Type.Optional(Type.String({ description: 'what to do next' })),
    retryAfter: Type.Optional(Type.Number({ description: 'seconds' })),
    details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    cause: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);

/** What every command writes with `--json` when it fails. */
export const errorOutput = Type.Object({ error: errorObject }, { additionalProperties: false });
