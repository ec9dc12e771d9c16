/** The JSON of `doctor`. */
import { type TLiteral, Type } from '@sinclair/typebox';
import { FAULTS } from '../../services/doctor/faults.ts';
import { HOME_CHECK_IDS } from '../../services/doctor/local/examine-home.ts';
import { PEER_CHECK_IDS } from '../../services/doctor/remote/checks.ts';
import { checkSchema } from './check.ts';
import { nullable, oneOf, strict } from './nullable.ts';

const fault = Type.Union(
  Object.keys(FAULTS).map((name): TLiteral => Type.Literal(name)),
  { description: 'what is wrong, for programs; never renamed' },
);
const evidence = Type.Array(Type.String(), { description: 'what was seen; the wording may change' });

function findingSchema(ids: readonly string[]) {
  const check = Type.Union(ids.map((id): TLiteral => Type.Literal(id)));
  return Type.Object(
    {
      check,
      fault,
      code: Type.String({ description: 'a row of the table of errors, which has its exit code' }),
      severity: oneOf('error', 'unknown', 'warning'),
      evidence,
      cause: Type.String(),
      next: Type.String({ description: 'what to do' }),
      follows: Type.Array(
        Type.Object(
          {
            check,
            fault: nullable(fault),
            code: nullable(Type.String()),
            evidence,
          },
          strict,
        ),
        { description: 'what follows from it; without a fault: could not be looked at' },
      ),
    },
    strict,
  );
}

/** What the examination of a peer found. */
export const peerExamination = Type.Object(
  {
    idTag: Type.String(),
    healthy: Type.Boolean({ description: 'nothing is wrong; warnings do not count' }),
    ms: Type.Integer({ minimum: 0 }),
    findings: Type.Array(findingSchema(PEER_CHECK_IDS), { description: 'the first one is the root cause' }),
    checks: Type.Array(checkSchema(PEER_CHECK_IDS)),
  },
  strict,
);

/** What the examination of the own instance found. */
export const homeExamination = Type.Object(
  {
    home: Type.String(),
    healthy: Type.Boolean({ description: 'nothing is wrong; warnings do not count' }),
    ms: Type.Integer({ minimum: 0 }),
    findings: Type.Array(findingSchema(HOME_CHECK_IDS), { description: 'the first one is the root cause' }),
    checks: Type.Array(checkSchema(HOME_CHECK_IDS)),
  },
  strict,
);
