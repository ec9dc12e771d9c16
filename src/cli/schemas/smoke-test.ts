/** The JSON of `smoke-test`. */
import { type Static, Type } from '@sinclair/typebox';
import { SMOKE_CHECK_IDS } from '../../services/smoke-test/checks.ts';
import { triedAddress } from './request.ts';

const check = Type.Object(
  {
    id: Type.Union(SMOKE_CHECK_IDS.map((id) => Type.Literal(id))),
    status: Type.Union([Type.Literal('pass'), Type.Literal('fail'), Type.Literal('skip')]),
    code: Type.Optional(Type.String({ description: 'why it failed, for programs: check.certificate' })),
    reason: Type.Optional(Type.String({ description: 'for people; the wording may change' })),
    ms: Type.Integer({ minimum: 0 }),
    addresses: Type.Optional(
      Type.Array(triedAddress, { description: 'what each address answered, where the name has several' }),
    ),
  },
  { additionalProperties: false },
);

/** The report of one instance. */
export const smokeTestReport = Type.Object(
  {
    idTag: Type.String(),
    passed: Type.Boolean({ description: 'no check failed' }),
    ms: Type.Integer({ minimum: 0, description: 'of the last look' }),
    checks: Type.Array(check, { minItems: SMOKE_CHECK_IDS.length, maxItems: SMOKE_CHECK_IDS.length }),
  },
  { additionalProperties: false },
);

export type SmokeTestOutput = Static<typeof smokeTestReport>;
