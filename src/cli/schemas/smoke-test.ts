/** The JSON of `smoke-test`. */
import { type Static, Type } from '@sinclair/typebox';
import { REMOTE_CHECK_IDS } from '../../services/doctor/remote/checks.ts';
import { checkSchema } from './check.ts';
import { strict } from './nullable.ts';

/** The report of one instance. */
export const smokeTestReport = Type.Object(
  {
    idTag: Type.String(),
    passed: Type.Boolean({ description: 'no check failed' }),
    ms: Type.Integer({ minimum: 0, description: 'of the last look' }),
    checks: Type.Array(checkSchema(REMOTE_CHECK_IDS), {
      minItems: REMOTE_CHECK_IDS.length,
      maxItems: REMOTE_CHECK_IDS.length,
    }),
  },
  strict,
);

export type SmokeTestOutput = Static<typeof smokeTestReport>;
