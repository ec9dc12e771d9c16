/** The JSON of `--report json=FILE`. */
import { Type } from '@sinclair/typebox';
import { oneOf, strict } from './nullable.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });

const resultCase = Type.Object(
  {
    name: Type.String(),
    section: Type.Optional(Type.String({ description: 'the part of the suite: a resolver, a section' })),
    outcome: oneOf('passed', 'warning', 'failed', 'skipped'),
    code: Type.Optional(Type.String({ description: 'why, for programs: check.dns' })),
    message: Type.Optional(Type.String({ description: 'for people; the wording may change' })),
    evidence: Type.Optional(Type.Array(Type.String())),
    hint: Type.Optional(Type.String({ description: 'what to do' })),
    durationMs: count('milliseconds'),
    because: Type.Optional(
      Type.String({ description: 'the case that this one follows from; skipped with it: could not be made' }),
    ),
  },
  strict,
);

const counts = Type.Object(
  {
    total: count('all cases'),
    passed: count('what could not be made is not among them'),
    warnings: count('no failures'),
    failed: count('the check was made, and its answer is no'),
    skipped: count('not asked for'),
    notMade: count('could not be made, because another one failed'),
  },
  strict,
);

/** The document. */
export const resultsDocument = Type.Object(
  {
    suites: Type.Array(
      Type.Object(
        {
          name: Type.String({ description: 'what was looked at' }),
          startedAt: Type.String({ format: 'date-time' }),
          durationMs: count('milliseconds'),
          counts,
          cases: Type.Array(resultCase),
        },
        strict,
      ),
    ),
  },
  { ...strict, $id: 'results', title: '--report json=FILE' },
);
